// A short quarter-hour of the roster: what would help it.
import { help } from "./helps.js";

const room = document.getElementById("helps");
room?.append(help(room.dataset.roster, room.dataset.interval));
