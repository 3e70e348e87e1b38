"""Answers with Python's datetime: each input line `op a b`, each output line the result as FEEL writes it, or `none`."""
import datetime
import sys
import zoneinfo


def span(seconds):
    """Microseconds as a days and time duration of FEEL."""
    sign, rest = ("-", -seconds) if seconds < 0 else ("", seconds)
    if rest == 0:
        return "PT0S"
    days, rest = divmod(rest, 86_400_000_000)
    hours, rest = divmod(rest, 3_600_000_000)
    minutes, rest = divmod(rest, 60_000_000)
    out = f"{sign}P{days}D" if days else f"{sign}P"
    if hours or minutes or rest:
        second = f"{rest / 1_000_000:.6f}".rstrip("0").rstrip(".")
        out += "T" + (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{second}S" if rest else "")
    return out


def moment(text):
    return datetime.datetime.fromisoformat(text)


def answer(op, a, b):
    if op == "difference":
        return span((moment(a) - moment(b)) // datetime.timedelta(microseconds=1))
    if op == "plus":  # b in microseconds
        moved = moment(a) + datetime.timedelta(microseconds=int(b))
        return moved.isoformat()
    if op == "weekday":
        return str(datetime.date.fromisoformat(a).isoweekday())
    if op == "week":
        return str(datetime.date.fromisoformat(a).isocalendar()[1])
    if op == "dayofyear":
        return str(datetime.date.fromisoformat(a).timetuple().tm_yday)
    if op == "offset":  # of the zone b at the moment a in UTC, in seconds
        zone = zoneinfo.ZoneInfo(b)
        at = moment(a).replace(tzinfo=datetime.timezone.utc).astimezone(zone)
        return str(int(at.utcoffset().total_seconds()))
    raise ValueError(op)


for line in sys.stdin:
    try:
        print(answer(*line.split()))
    except (OverflowError, zoneinfo.ZoneInfoNotFoundError):
        print("none")
