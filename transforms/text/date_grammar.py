"""The grammar of printed dates: one regex over the symbols of `transforms.text.date_shape`.

In it `<role>` is any token with that role and `<a|b>` one with either; `~` is a gap of spaces,
`_` a full stop and a space, `|` a loose separator such as ` / ` or ` - `; the other signs stand
for themselves.
"""

import re
from functools import cache

from transforms.text.date_shape import role_class

# a year with its word (2018 ж., 2011-ci il); a day before a month's name (28th of, 25-nji)
YEAR = r"<fullyear>(?:-?<ordinal>)?(?:[-~]?<year>)?"
NAMED_DAY = r"<day>(?:[-._~]?<ordinal>)?[~._,/-]?(?:<of>[~_])?"
# 18:13:05.123; with am, pm, Uhr; 14h52, 20時01分, 4.34pm, 10.15, which are times only after a date
PLAIN_CLOCK = r"<hour>:<minute>(?::<minute>(?:[.,]<number>)?)?"
CLOCK = rf"(?:(?:<half>~?)?{PLAIN_CLOCK}(?:~?<half>)?(?:[~-]?<clock>|~?<unclearzone>)?)"
WORDED_CLOCK = r"""(?:
    (?:<half>~?)?<hour>~?<hourunit>(?:~?<minute>~?<minuteunit>(?:~?<minute>~?<secondunit>)?)?
    | <hour>~?<clock>(?:~?<minute>(?:~?<minuteunit>)?)?(?!:)
    | <hour>(?:\.<minute>)?~?<half>
    | <twohour>\.<minute>(?:~?<clock>|(?![.:/]<number>|~?<unknown|units>))
)"""
# (UTC+5), | GMT +5, MSK, +0500; a bare minus is an offset only after the T of ISO 8601
OFFSET = r"(?:<offsethour>(?::<minute>)?|<offset>)"
ZONE_NAME = rf"<zone>(?:[+-]{OFFSET})?"
ZONE = rf"(?:\({ZONE_NAME}\)|[~|,]?{ZONE_NAME}|\+{OFFSET})"
WESTERN = r"-(?:<offsethour>:<minute>|<offset>)"
# between day and time of day, either way round
GLUE = r"[~,|_(:-]?(?:<at>[~:|,]?){0,2}"
EARLY_GLUE = r"[~,|_-]?(?:<of|at>[~,|]?)?"
WEEKDAY_BEFORE = r"(?P<before_weekday><weekday>[~,|_)]?|<weakweekday>[,_])?"
WEEKDAY_AFTER = r"""(?P<after_weekday>
    [,~|-]?<weekday> | ,<weakweekday> | \((?:<weekday|weakweekday|bracketday>)\)
)?"""

DATES = rf"""
    (?P<mdhisy><name|weakname|rarename>~<day>~(?P<inner_clock>{PLAIN_CLOCK})~<fullyear>)
    | (?P<dmy>
        (?<!<notyear>-)<day>[._]<month>[._]{YEAR}
        | (?<!<notyear>-)<day>(?P<dmysign>[/-])<month>(?P=dmysign){YEAR}
        | <twoday>\|<twomonth>\|<fullyear>
        | {NAMED_DAY}<name|weakname|rarename>[~,._/-]?(?:<of>~)?(?:<weekday>[~,])?{YEAR}
        | (?<![^~_,|()!:/.+-])(?<!<notyear>-)<twoday>\.<twomonth>\.<shortyear>(?![.:/-]<number>)
        | <twoday>-<name|weakname|rarename>-<shortyear>
      )
    | (?P<mdy>
        <month>(?P<mdysign>[./-])<dayonly>(?P=mdysign)<fullyear>
        | <name|weakname|rarename>[~._-]?<day>(?:[-~]?<ordinal>)?[~,_-]{YEAR}
      )
    | (?P<ymd>
        (?<!/)(?<!<notyear>-)<fullyear>(?P<ymdsign>[/-])<month>(?P=ymdsign)<day>(?!/<unknown>)
        | <fullyear>[._]<month>[._]<day>
        | {YEAR}[~,._/-]?<name|weakname|rarename>[~._-]?<day>(?:-?<ordinal>)?(?![~,]<fullyear>)
        | {YEAR}~?<month>(?:-?<ordinal>)?~?<monthunit>~?<day>(?:[-~]?<dayunit>)?
      )
    | (?P<ydm><fullyear>(?:-?<ordinal>~)?[-~]?<year>[~,]{NAMED_DAY}<name|weakname|rarename>)
    | (?P<dm>
        {NAMED_DAY}<name>(?![~,._/-]?<oldyear>)
        | <day>[~-]?<weakname|rarename>(?={GLUE}{PLAIN_CLOCK})
        | <twoday>\.<twomonth>(?=[~,_|]{PLAIN_CLOCK})
      )
    | (?P<md>
        <name>[~-]<day>(?:-?<ordinal>)?(?!~?<unknown|units|name>|[~,]<oldyear>)
        | <month>(?:-?<ordinal>)?~?<monthunit>~?<day>[-~]?<dayunit>
      )
"""
FIELD_ORDERS = ("dmy", "mdy", "ymd", "dm", "md", "ydm", "mdhisy")
"""The groups of the grammar that hold a date, named after the order of their values."""

GRAMMAR = rf"""
    (?=<number|weekday|weakweekday|name|weakname|rarename|half|relative|before>)(?<!<number>[.:/+])
    (?:
        (?P<early_clock>{CLOCK}(?P<early_zone>{ZONE})?{EARLY_GLUE})?
        {WEEKDAY_BEFORE} (?:{DATES}) (?![./]<number>|:<number>(?!:)) {WEEKDAY_AFTER}
        (?(early_clock)(?P<after_zone>{ZONE})?
        | (?:
            <isotime>(?P<iso_clock>{PLAIN_CLOCK})(?P<iso_zone>{ZONE}|{WESTERN})?
            | {GLUE}(?P<late_clock>{CLOCK}(?![.:/]<number>)|{WORDED_CLOCK})(?P<late_zone>{ZONE})?
        )?)
      | (?P<relative>
            <relative>{GLUE}(?P<relative_late_clock>{CLOCK}|{WORDED_CLOCK})
            | (?P<relative_early_clock>{CLOCK}){EARLY_GLUE}<relative>
            | (?<!<unknown>)(?<!<unknown>[~-])<relative>(?![~-]?<unknown>)
            | <number>~?<units>~?<after>
            | <before>~<number>~<units>
        )
      | (?<!<notyear>-)(?P<bare_clock>
            (?:<twohour>:<minute>(?::<minute>)?(?:~?<half>)?|<hour>:<minute>~?<half>)(?:~?<clock>)?
        )(?![.:/-]?<number>)(?P<bare_zone>{ZONE})?
    )
"""
# every date has one of these: a far cheaper question than the grammar
SIGNS = (
    r"<fullyear|name|weakname|rarename|relative|after|before|monthunit>|:<minute>|\.<twomonth>\."
)


@cache
def date_grammar() -> re.Pattern[str]:
    """Return the compiled grammar."""
    return _compile(GRAMMAR)


@cache
def date_signs() -> re.Pattern[str]:
    """Return the regex of what every date has one of."""
    return _compile(SIGNS)


def _compile(grammar: str) -> re.Pattern[str]:
    """Return a regex with its roles replaced by the character classes of their symbols."""
    return re.compile(re.sub(r"(?<!P)<(\w[\w|]*)>", _role_set, grammar), re.VERBOSE)


def _role_set(placeholder: re.Match[str]) -> str:
    """Return the character class for `<role|role>`."""
    return f"[{role_class(placeholder[1])}]"
