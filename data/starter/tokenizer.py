"""CLIP's byte-level BPE (openai/CLIP SimpleTokenizer) with a small vocabulary of its own, made from the world's captions."""

import re
from collections import Counter
from functools import lru_cache

import numpy as np

import world

START, END, LENGTH = "<|startoftext|>", "<|endoftext|>", 77

# openai/CLIP's pattern in terms of Python's re: letters are [^\W\d_], a number is one digit.
PATTERN = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+")


def bytes_to_unicode():
    """A printable character for each byte, in the order of the vocabulary."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    return dict(zip(printable + others, map(chr, printable + list(range(256, 256 + len(others))))))


def learn_merges(captions):
    """Plain BPE on words, most frequent pair first (ties by spelling), until every word is one token."""
    counts = Counter(word for text in captions for word in PATTERN.findall(text))
    words = {tuple(w[:-1]) + (w[-1] + "</w>",): n for w, n in counts.items()}
    merges = []
    while True:
        pairs = Counter()
        for word, n in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += n
        if not pairs:
            return merges
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = {merge(word, best): n for word, n in words.items()}


def merge(word, pair):
    """A word with every occurrence of the pair made one part."""
    out = []
    for part in word:
        if out and (out[-1], part) == pair:
            out[-1] += part
        else:
            out.append(part)
    return tuple(out)


def world_merges():
    """Of the whole world, whatever part of it a preset shows, so that all models have one vocabulary."""
    rng = np.random.default_rng(0)
    return learn_merges([world.caption(world.random_scene(rng), rng) for _ in range(20000)])


class Tokenizer:
    def __init__(self, merges):
        self.bytes = bytes_to_unicode()
        self.merges = [tuple(m) for m in merges]
        self.ranks = {pair: i for i, pair in enumerate(self.merges)}
        tokens = list(self.bytes.values())
        tokens += [t + "</w>" for t in tokens]
        tokens += ["".join(pair) for pair in self.merges] + [START, END]
        self.vocabulary = {token: i for i, token in enumerate(tokens)}
        self.start, self.end = self.vocabulary[START], self.vocabulary[END]

    @lru_cache(65536)
    def encode_word(self, word):
        if word in (START, END):
            return [self.vocabulary[word]]
        spelled = [self.bytes[b] for b in word.encode()]
        parts = tuple(spelled[:-1]) + (spelled[-1] + "</w>",)
        while len(parts) > 1:
            best = min(zip(parts, parts[1:]), key=lambda pair: self.ranks.get(pair, len(self.ranks)))
            if best not in self.ranks:
                break
            parts = merge(parts, best)
        return [self.vocabulary[part] for part in parts]

    def encode(self, text):
        """Ids without start and end."""
        return [i for word in PATTERN.findall(" ".join(text.split()).lower()) for i in self.encode_word(word)]

    def pair(self, text, length=LENGTH):
        """The ids that the two text encoders read: padded with the end token for the first, with 0 for the second."""
        ids = [self.start] + self.encode(text)[: length - 2] + [self.end]
        missing = length - len(ids)
        return ids + [self.end] * missing, ids + [0] * missing

    def pairs(self, texts, length=LENGTH):
        """int16 [texts, 2, length], of many texts."""
        return np.array([self.pair(text, length) for text in texts], dtype=np.int16)
