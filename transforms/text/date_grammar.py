"""The grammar of printed dates: one regex over the symbols of `transforms.text.date_shape`.

In it `<role>` is any token with that role and `<a|b>` one with either; `~` is a gap of spaces,
`_` a full stop and a space, `|` a loose separator such as ` / ` or ` - `; the other signs stand
for themselves.
"""

import re
from functools import cache

from transforms.text.date_shape import role_class

YEAR = r"<fullyear>(?:-?<ordinal>)?(?:[-~]?<year>)?"
NAMED_DAY = r"<day>(?:[-._~]?<ordinal>)?[~._,/-]?(?:<of>[~_])?"
PLAIN_CLOCK = r"<hour>:<minute>(?::<minute>(?:[.,]<number>)?)?"
HALF = r"<half>"
CLOCK = rf"(?:(?:{HALF}~?)?{PLAIN_CLOCK}(?:~?{HALF})?(?:[~-]?<clock>)?)"
WORDED_CLOCK = rf"""(?:
    (?:{HALF}~?)?<hour>~?<hourunit>(?:~?<minute>~?<minuteunit>(?:~?<minute>~?<secondunit>)?)?
    | <hour>~?<clock>(?:~?<minute>(?:~?<minuteunit>)?)?(?!:)
    | <hour>~?{HALF}
    | <twohour>\.<minute>(?:~?<clock>|(?![.:/]<number>|~?<unknown|units>))
)"""
OFFSET = r"(?:<hour>(?::<minute>)?|<offset>)"
ZONE = rf"(?:[~|,(]{{0,1}}<zone>(?:[+-]{OFFSET})?\)?|\+{OFFSET})"
WESTERN = r"-(?:<twohour>:<minute>|<offset>)"
GLUE = r"[~,|_(:-]?(?:<at>[~:|,]?){0,2}"
EARLY_GLUE = r"[~,|_-]?(?:<of|at>[~,|]?)?"
WEEKDAY_BEFORE = r"(?P<weekday1><weekday>[~,|_)]?|<weakweekday>[,_])?"
WEEKDAY_AFTER = r"(?P<weekday2>[,~|(-]?<weekday>\)?|[,(]<weakweekday>\)?|\(<bracketday>\))?"

DATES = rf"""
    (?P<mdhisy><name|weakname>~<day>~<hour>:<minute>:<minute>~<fullyear>)
    | (?P<dmy>
        (?<!<notyear>-)<day>[._]<month>[._]{YEAR}
        | (?<!<notyear>-)<day>(?P<dmysign>[/-])<month>(?P=dmysign){YEAR}
        | {NAMED_DAY}<name|weakname>[~,._/-]?(?:<of>~)?(?:<weekday>[~,])?{YEAR}
        | (?<!<unknown>)(?<!<notyear>-)<twoday>\.<twomonth>\.<shortyear>(?![.:/-]<number>)
        | <twoday>-<name|weakname>-<shortyear>
      )
    | (?P<mdy>
        <month>(?P<mdysign>[./-])<dayonly>(?P=mdysign)<fullyear>
        | <name|weakname>[~._-]?<day>(?:[-~]?<ordinal>)?[~,_-]{YEAR}
      )
    | (?P<ymd>
        (?<!/)(?<!<notyear>-)<fullyear>(?P<ymdsign>[/-])<month>(?P=ymdsign)<day>(?!/<unknown>)
        | <fullyear>[._]<month>[._]<day>
        | {YEAR}[~,._/-]?<name|weakname>[~._-]?<day>(?:-?<ordinal>)?(?![~,]<fullyear>)
        | {YEAR}~?<month>(?:-?<ordinal>)?~?<monthunit>~?<day>(?:[-~]?<dayunit>)?
      )
    | (?P<ydm><fullyear>(?:-?<ordinal>~)?[-~]?<year>[~,]{NAMED_DAY}<name|weakname>)
    | (?P<dm>
        {NAMED_DAY}<name>(?![~,._/-]?<oldyear>)
        | <day>[~-]?<weakname>(?={GLUE}{PLAIN_CLOCK})
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
    (?=<number|weekday|weakweekday|name|weakname|half|relative|before>)(?<!<number>[.:/+])
    (?:
        (?P<early>{CLOCK}(?P<earlyzone>{ZONE})?{EARLY_GLUE})?
        {WEEKDAY_BEFORE} (?:{DATES}) (?![.:/]<number>) {WEEKDAY_AFTER}
        (?(early)(?P<afterzone>[|,(~]?<zone>(?:[+-]{OFFSET})?\)?)?
        | (?:
            <isotime>(?P<isoclock>{PLAIN_CLOCK})(?P<isozone>{ZONE}|{WESTERN})?
            | {GLUE}(?P<late>{CLOCK}(?![.:/]<number>)|{WORDED_CLOCK})(?P<latezone>{ZONE})?
        )?)
      | (?P<relative>
            <relative>{GLUE}(?P<relclock>{CLOCK}|{WORDED_CLOCK})
            | (?P<clockrel>{CLOCK}){EARLY_GLUE}<relative>
            | (?<!<unknown>)(?<!<unknown>[~-])<relative>(?![~-]?<unknown>)
            | <number>~?<units>~?<after>
            | <before>~<number>~<units>
        )
      | (?<!<notyear>-)(?P<bare>
            (?:<twohour>:<minute>(?::<minute>)?(?:~?{HALF})?|<hour>:<minute>~?{HALF})(?:~?<clock>)?
        )(?![.:/-]<number>)(?P<barezone>{ZONE})?
    )
"""
CLOCKS = ("late", "early", "isoclock", "bare", "relclock", "clockrel")
ZONES = ("latezone", "earlyzone", "afterzone", "isozone", "barezone")
SIGNS = r"<fullyear|name|weakname|relative|after|before|monthunit>|:<minute>|\.<twomonth>\."


@cache
def date_grammar() -> re.Pattern[str]:
    """Return the compiled grammar."""
    return _compile(GRAMMAR)


@cache
def date_signs() -> re.Pattern[str]:
    """Return the regex of what every date has one of: a far cheaper question."""
    return _compile(SIGNS)


def _compile(grammar: str) -> re.Pattern[str]:
    """Return a regex with its roles replaced by the character classes of their symbols."""
    return re.compile(re.sub(r"(?<!P)<(\w[\w|]*)>", _role_set, grammar), re.VERBOSE)


def _role_set(placeholder: re.Match[str]) -> str:
    """Return the character class for `<role|role>`."""
    return f"[{role_class(placeholder[1])}]"
