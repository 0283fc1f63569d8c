"""Parts of a time in UTC as terms: the same whole-number arithmetic as the evaluator's."""

from __future__ import annotations

_DAY_US = 86_400_000_000


def part(name: str, at: str) -> str:
    """A part of a time (``getHours`` and such); ``at`` is the term of its microseconds."""
    match name:
        case "getHours":
            return f"(mod (div {at} 3600000000) 24)"
        case "getMinutes":
            return f"(mod (div {at} 60000000) 60)"
        case "getDayOfWeek":
            return f"(mod (+ (div {at} {_DAY_US}) 4) 7)"
    return _date(name, at)


def _date(name: str, at: str) -> str:
    """Year, month or day. Source: H. Hinnant, "chrono-compatible low-level date algorithms"."""
    shifted = f"(+ (div {at} {_DAY_US}) 719468)"
    day_of_era = f"(mod {shifted} 146097)"
    year_of_era = "(div (- (+ (- doe (div doe 1460)) (div doe 36524)) (div doe 146096)) 365)"
    day_of_year = "(- doe (- (+ (* 365 yoe) (div yoe 4)) (div yoe 100)))"
    month = "(ite (< smo 10) (+ smo 3) (- smo 9))"
    result = {
        "getDate": "(+ (- doy (div (+ (* 153 smo) 2) 5)) 1)",
        "getMonth": f"(- {month} 1)",
        "getFullYear": f"(+ yoe (* 400 (div {shifted} 146097)) (ite (<= {month} 2) 1 0))",
    }[name]
    return (
        f"(let ((doe {day_of_era})) (let ((yoe {year_of_era})) (let ((doy {day_of_year}))"
        f" (let ((smo (div (+ (* 5 doy) 2) 153))) {result}))))"
    )
