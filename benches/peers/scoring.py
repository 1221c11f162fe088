"""Character and word error rates, counted as Ermu's own benches count them."""

NUMERALS = {"0": "零", "〇": "零", "1": "一", "幺": "一", "么": "一", "2": "二", "两": "二"}
NUMERALS.update(zip("3456789", "三四五六七八九"))
ALIKE = {"她": "他", "它": "他", "地": "的", "得": "的"}


def units(text: str, language: str) -> list[str]:
    """Chinese: characters, digits read as numerals; other languages: words. No punctuation, no case."""
    if language == "zh":
        letters = (c.lower() for c in text if c.isalnum())
        return [ALIKE.get(c, NUMERALS.get(c, c)) for c in letters]
    spaced = "".join(c if c.isalnum() or c == "'" else " " for c in text)
    return spaced.lower().split()


def distance(wanted: list[str], got: list[str]) -> int:
    """Levenshtein distance."""
    row = list(range(len(got) + 1))
    for i, x in enumerate(wanted):
        diagonal, row[0] = row[0], i + 1
        for j, y in enumerate(got):
            diagonal, row[j + 1] = row[j + 1], min(diagonal + (x != y), row[j] + 1, row[j + 1] + 1)
    return row[-1]
