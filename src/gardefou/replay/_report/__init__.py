"""The report one shows a board: one HTML file, no script, nothing loaded from elsewhere."""

from gardefou.replay._report._page import LANGUAGES, html

__all__ = ["LANGUAGES", "html"]
