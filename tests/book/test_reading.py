"""The minutes on a card are those of the rule, and the rule counts what a reader meets on the way."""

import re

import pytest

from book.reading import Reading, read
from tests.book.sources import BOOK, Page, pages, table_of_contents

BY_RULE = r"^: \[(\d+) minutes\]\(#reading-time\)"
PAGE = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
---

(label)=
# Two words

Five words and {term}`one more <gloss>` stand [beside](#somewhere) $a + b$.

::::{prf:theorem} Title
:label: thm-x

$$
a = b
$$ (eq-x)
::::

:::::{dropdown} Proof
::::{prf:proof}
Not on the way.

:::{prf:lemma}
Nor this.
:::
::::
:::::

```{code-cell} python
---
mystnb:
  figure:
    name: fig-x
    caption: |
      Four words of caption.
tags: [hide-input]
---
hidden = 1
```

```{code-cell} python
print("shown here")
```

```{code-cell} python
:tags: [remove-cell]
glue("x", 1)
```

```{code-cell} python
---
mystnb:
  figure:
    name: fig-y
    caption: |
      A figure to fold out.
tags: [hide-cell]
---
hidden = 2
```

:::{exercise}
:label: ex-x

Do it.
:::

:::{solution} ex-x
:class: dropdown

Done at once.
:::
"""


def test_words_statements_exercises_and_cells_of_a_small_page() -> None:
    way, folded = [2, 8, 1, 1, 4, 2, 2], [4, 2, 5, 3]
    assert read(PAGE) == Reading(sum(way), sum(folded), 2, 1, shown_cells=1, hidden_cells=3)


@pytest.mark.parametrize(
    ("reading", "minutes"),
    [
        (Reading(on_the_way=1000), 5),
        (Reading(on_the_way=1001), 10),
        (Reading(statements=2), 10),
        (Reading(exercises=3), 15),
    ],
)
def test_minutes_are_200_words_3_per_statement_5_per_exercise(reading: Reading, minutes: int) -> None:
    assert reading.minutes == minutes


@pytest.mark.parametrize("page", pages(), ids=table_of_contents())
def test_the_card_states_what_the_rule_gives(page: Page) -> None:
    stated = re.findall(BY_RULE, page.text, re.MULTILINE)
    assert [int(minutes) for minutes in stated] in ([], [read(page.text).minutes])


def test_the_rule_is_told_to_readers() -> None:
    text = " ".join((BOOK / "index.md").read_text(encoding="utf8").split())
    rule = "200 words a minute, three minutes for every statement with a proof, five for every exercise"
    assert text.index("(reading-time)=") < text.index(rule)
