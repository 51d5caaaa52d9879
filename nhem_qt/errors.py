"""The base of all errors that a user may see."""


class NhemError(Exception):
    """Something a user can mend; the message says what is wrong, where, and what to do."""
