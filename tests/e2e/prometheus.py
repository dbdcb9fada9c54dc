"""Reads the Prometheus text format strictly: what does not follow the rules is an error."""
import re

SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (\S+)')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\\n]|\\[\\"n])*)"')


def parse(text):
    """{(name, frozenset of labels): value}"""
    samples, family, kind = {}, None, None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ")[2]
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and kind in ("counter", "gauge", "histogram"), line
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            suffix = match[1].removeprefix(family)
            assert suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",)), line
            key = match[1], frozenset(LABEL.findall(match[2] or ""))
            assert key not in samples, line
            samples[key] = float(match[3])
    return samples


def total(samples, name, **labels):
    """The sum of the samples of a name that have these labels."""
    return sum(value for (n, have), value in samples.items() if n == name and set(labels.items()) <= have)
