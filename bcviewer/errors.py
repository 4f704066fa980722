"""The one kind of error that is shown to a person as plain text."""


class UserError(Exception):
    """Expected trouble: bad data, a missing file, wrong usage.

    Parameters
    ----------
    message : str
        One line that names the file (or word) and says what is wrong with it.
    hint : str, optional
        One line that says what to do about it.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class NoResultsError(UserError):
    """A Kilosort directory without results that can be opened: Bombcell can be run on it.

    Attributes
    ----------
    ks_dir : str
        The directory.
    """

    def __init__(self, ks_dir: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.ks_dir = ks_dir


class PreferenceError(UserError):
    """What the preferences say of this computer is not so: they can be opened at once."""


class CohortFoundError(UserError):
    """A cohort where a recording was expected: it has a window of its own.

    Attributes
    ----------
    folder : str
        The cohort.
    """

    def __init__(self, folder: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.folder = folder


class UsageError(UserError):
    """The command line asks for something that cannot be; exit status 2."""


class CancelledError(Exception):
    """The person (or a newer request) cancelled the work."""
