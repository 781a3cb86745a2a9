"""The key that signs sessions and tokens: the operator's, or one made once and kept private."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key


def secret_key(given: str, kept: Path) -> str:
    """Returns the given key, else the one kept in the file, which is made on first use (mode 0600).

    Raises:
        ImproperlyConfigured: none was given and the file can be neither read nor made.
    """
    if given:
        return given
    try:
        return _read_or_make(kept)
    except OSError as error:
        raise ImproperlyConfigured(
            f"There is no secret key: {kept} can be neither read nor made ({error.strerror}). "
            f"Set CATALOGUE_SECRET_KEY to a long random text, the same on every host."
        ) from error


def _read_or_make(kept: Path) -> str:
    if not kept.exists():
        if not kept.parent.exists():
            kept.parent.mkdir(parents=True)
            # Whatever the umask: root's private cluster below it runs under another account.
            kept.parent.chmod(0o755)
        partial = kept.with_name(f"{kept.name}.{os.getpid()}")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(get_random_secret_key())
        # A link never replaces: of two processes that start at once, both use the first one's key.
        try:
            os.link(partial, kept)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return kept.read_text()
