"""The base of all errors that a user may see."""


class NhemError(Exception):
    """Something a user can mend; the message says what is wrong, where, and what to do."""


class Cancelled(NhemError):  # noqa: N818 - a wish of the user, not an error
    """The user no longer wants what is being done; raised where work tells its progress."""
