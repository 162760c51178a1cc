"""Text from an address of ours stays one segment of a service's path."""

import httpx
import pytest

from koppel_console.services.calls import segment


@pytest.mark.parametrize("text", ["..", ".", "../x", "a/b", "a?b", "a#b", "%2e%2e", "é", "..."])
def test_it_names_one_thing_and_no_folder_above(text: str) -> None:
    path = httpx.URL(f"http://service/v1/things/{segment(text)}/rest").raw_path.decode()
    assert path.startswith("/v1/things/")
    assert path.count("/") == 4
    assert httpx.URL(f"http://service/v1/things/{segment(text)}/rest").path == f"/v1/things/{text}/rest"
