import csv
import json

from benchmarks import nrp
from tests.shared import DATA, needs

INSTANCES = DATA / "instances/nrp"
TEXT = """SECTION_HORIZON
3
SECTION_SHIFTS
E,480,
L,480,E
SECTION_STAFF
A,E=3|L=1,960,480,2,1,1,1
B,E=3|L=0,960,0,2,1,1,1
SECTION_DAYS_OFF
A,0
SECTION_SHIFT_OFF_REQUESTS
B,0,E,3
SECTION_COVER
0,E,1,100,1
1,L,1,100,1
2,L,1,100,1
"""


def run(capsys, path, seconds, out):
    assert nrp.main([str(path), "--seconds", str(seconds), "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = [(row["employee"], int(row["day"]), row["shift"]) for row in csv.DictReader(file)]
    return json.loads(capsys.readouterr().out.splitlines()[-1]), rows


def test_the_solution_is_written_and_proven(capsys, tmp_path):
    path = tmp_path / "small.txt"
    path.write_text(TEXT, encoding="utf-8")
    figures, rows = run(capsys, path, 20, tmp_path / "out.csv")
    # B's unwanted early costs 3; A may work one late only, so that one of the two is short.
    assert (figures["status"], figures["objective"], figures["bound"]) == ("optimal", 103, 103)
    assert ("B", 0, "E") in rows
    assert sum(shift == "L" for _, _, shift in rows) == 1


@needs(INSTANCES)
def test_published_optimum_is_proven(capsys, tmp_path):
    figures, rows = run(capsys, INSTANCES / "Instance2.txt", 60, tmp_path / "out.csv")
    # Optimum of the second instance of Curtois and Qu's benchmark set.
    assert (figures["status"], figures["objective"], figures["bound"]) == ("optimal", 828, 828)
    assert {shift for _, _, shift in rows} == {"E", "L"}


def test_a_wrong_file_is_named(capsys, tmp_path):
    path = tmp_path / "wrong.txt"
    path.write_text(TEXT.replace("L,480,E", "L,none,E"), encoding="utf-8")
    assert nrp.main([str(path)]) == 1
    assert "wrong.txt: line 5: length is 'none', expected a whole number" in capsys.readouterr().err
