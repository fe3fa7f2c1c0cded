"""Where the simulated room's numbers stand in its arrays.

Compiled code passes arrays one by one: a tuple of arrays costs three times the time. They are

=========== ==================== ================================================================================
``rules``   (N_RULES,)           what all replications share
``counters`` (N_COUNTERS,)       lengths of lists and heaps, handlers on calls, busy, overrunning
``handlers`` (duties + 4, 8)     a row for each duty; four more are the heads of the desks' idle lists
``ends_s``  (duties + 2,)        heap of the calls in progress: end [s]
``ends``    (duties + 2,)        the same: duty
``first_s`` (2, calls, 2)        first attempts of an interval: time, handling time [s]
``first_keys`` (2, calls)        the same: key
``lines_s`` (4, calls, 3)        waiting lines in order of joining: when a caller joined and gives up, handling time [s]
``lines``   (4, calls, 2)        the same callers: what is known of them, key
``later_s`` (calls,)             heap of those who dial (again) later, and of call backs due [s]
``later``   (calls, 2)           the same: what is due, key
``tally``   (intervals, 2, N)    counts by the interval of joining; `Count` first, then the switchboard's
``sums``    (intervals, N_SUMS)  seconds; `Staff` first, then the waits of each queue
``waits``   (days, 2, N_BINS)    answered calls by wait
``load``    (duties, 5)          calls of 999 and 101, and seconds busy and overrunning, of each duty
=========== ==================== ================================================================================
"""

from rostering.staffing.assumptions import Desk
from rostering.staffing.simulation.result import Count, Staff

OFF, CALLS_999, CALLS_101, LENDING, SWITCHBOARD = (int(desk) for desk in Desk)
ABSENT = -1

# rules; those of a queue or line stand together
RING_S, SHORT_S, MESSAGE_S, TRANSFER_S, TRANSFER_SIGMA, THRESHOLD_S = 0, 1, 2, 3, 4, 5
SIGMA = 7  # of the logarithm of handling times; 999, 101, switchboard
EXPONENTIAL = -1.0  # in its place
BALKING, REDIAL, REDIAL_DELAY_S = 10, 12, 14
PATIENCE_S, PATIENCE_POWER = 16, 20  # by line: scale and 1 / shape of the Weibull distribution
SPILL, SPILL_DELAY_S = 24, 25
CALLBACKS, OFFER_AFTER_S, ACCEPTS, REACHED, ATTEMPTS, RETRY_AFTER_S, ATTEMPT_S = 26, 27, 28, 29, 30, 31, 32
HAS_SWITCHBOARD, SWITCHBOARD_AHT_S, RESOLVES = 33, 34, 35
AVAILABILITY, ABSENCE_RATE, INTERVAL_S, SPAN_S, IS_COUNTS = 36, 37, 38, 39, 40
INTERCHANGEABLE = 41
N_RULES = 42

# counters
N_ENDS, N_LATER, HEAD, TAIL, IDLE_999, BUSY, OVER, ON_CALLS, IS_FULL, LEAVING = 0, 1, 2, 6, 10, 11, 14, 16, 17, 18
N_COUNTERS = 19

# columns of handlers; an idle list is a ring, and AFTER is -1 for who stands in none
DESK, AFTER, BEFORE, WORK, DUE, DUE_INTERVAL, AWAY, KEY = range(8)
IDLE, ON_A_CALL, LENT, AT_SWITCHBOARD = -1, 0, 1, 2  # work

# lines, and the columns of lines_s and lines
LINE_999, LINE_101, LINE_RETRIES, LINE_SWITCHBOARD = range(4)
JOINED_S, UNTIL_S, HANDLING_S = 0, 1, 2
INFO, CALL_KEY = 0, 1
# info: interval of joining x 64 + attempts to call back made x 16 + the four marks below
ATTEMPTS_MAX = 64
ACCEPTED, ANSWERED_MARK, DIALS_AGAIN, DIALS_999 = 1, 2, 4, 8
INTERVAL_UNIT, ATTEMPT_UNIT = 1024, 16

# code of what is due later: (place in the line + 1, or 0 for who balked) x 16 + line x 4 + action
AGAIN, SPILLS, RETRY = 0, 1, 2

# tally and sums beyond what the result's enumerations name
SWITCHBOARD_OFFERED, SWITCHBOARD_ANSWERED, SWITCHBOARD_ABANDONED = range(len(Count), len(Count) + 3)
N_TALLY = len(Count) + 3
WAITS_S = len(Staff)  # answered 999, answered 101, abandoned 999, abandoned 101
N_SUMS = len(Staff) + 4
CALLS_OF_999, CALLS_OF_101, BUSY_S, BREAK_S, END_S = range(5)

# waits: bin 0 is up to 1 s; above, each doubling has so many bins of equal width; the last is open
N_BINS, BIN_BITS = 128, 3
BINS_A_DOUBLING = 1 << BIN_BITS

# what a random number of a call is for; a first attempt's key is itself one, for the time since the attempt before
(DRAW_HANDLING, DRAW_PATIENCE, DRAW_BALKS, DRAW_AGAIN, DRAW_DELAY, DRAW_ACCEPTS, DRAW_TRANSFER, DRAW_RESOLVED,
 DRAW_CHILD, DRAW_SWITCHBOARD, DRAW_REACHED) = range(11)  # fmt: skip  # reached: one for each attempt
