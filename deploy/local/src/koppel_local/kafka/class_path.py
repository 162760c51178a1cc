"""The class path of a locked program: jars that are missing are fetched first."""

from collections.abc import Sequence

from koppel_local.kafka.jars import Jar, JarCache, cache_folder, repository
from koppel_local.progress import DownloadProgress


def class_path(jars: Sequence[Jar], what: str, progress: DownloadProgress) -> str:
    """For `java -cp`; `what` is downloaded, says the progress. Raises `SetupFailed` for a jar that cannot be had."""
    cache = JarCache(cache_folder())
    if missing := cache.missing(jars):
        # A warm start fetches nothing and should not pay for loading an HTTP client.
        from koppel_local.kafka.jar_download import JarDownload  # noqa: PLC0415

        with progress(what, sum(jar.size for jar in missing)) as fetched:
            JarDownload(cache, repository()).fetch(missing, fetched)
    return ":".join(str(cache.path(jar)) for jar in jars)
