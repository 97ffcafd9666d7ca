"""Labels of markup, and a reader of pages that hold them."""

from html.parser import HTMLParser

HOSTILE = r"<script>alert('x')</script> | 100 % & $a_b^2$ {c} \d #e ~f [g]" + "\nnext"


class Reader(HTMLParser):
    """Collects tags and text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data
