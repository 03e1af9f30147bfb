"""What pydantic finds wrong with what a service wrote, in plain English: settings, courses files."""

from pydantic import ValidationError

SAID = {
    "missing": "is missing",
    "extra_forbidden": "is not known here: is it misspelt",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_type": "must be text, in quotes",
    "list_type": "must be a list, in square brackets",
    "tuple_type": "must be a pair: minutes, then what happens",
    "too_short": "is too short",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have {max_length} characters or fewer",
    "too_long": "must have {max_length} items or fewer",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "has characters, or an order of them, that cannot be used here",
}


def sentences(fault: ValidationError) -> list[str]:
    """One for each thing that is wrong: 'minutes: must be more than 0'."""
    found = fault.errors(include_input=False, include_url=False)
    return [f"{_where(error['loc'])}: {_said(error['type'], error['msg'], error.get('ctx', {}))}" for error in found]


def _where(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path) or "all of it"


def _said(kind: str, message: str, facts: dict[str, object]) -> str:
    if kind in SAID:
        return SAID[kind].format(**facts)
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
