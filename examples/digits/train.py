#!/usr/bin/env python3
"""Trains a small network on handwritten digits. Needs NumPy and h5py.

    wb run -p lr=0.1 -i digits.h5 -- python3 train.py      recorded, in a sandbox
    python3 train.py                                       as a plain script

One hidden layer, softmax, stochastic gradient descent with momentum. Parameters: lr, epochs,
hidden, batch, momentum, seed. The same seed gives the same numbers to the last digit.
"""

import os
import sys

# One thread: sums are then always taken in the same order. Before NumPy loads its library.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[_variable] = "1"

import h5py
import numpy as np

try:
    import wb
except ImportError:
    # Outside a run: the module of this source tree.
    sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "python"))
    import wb


def load(path):
    """Pixels as columns of 0..1, and labels, for both parts."""
    with h5py.File(path, "r") as f:
        return {
            part: (f[part]["images"][:].reshape(-1, 64) / 16.0, f[part]["labels"][:].astype(np.int64))
            for part in ("train", "test")
        }


def start(rng, hidden):
    """Weights small enough for the layers' widths (He et al. 2015), biases zero."""
    return {
        "w1": rng.normal(0, np.sqrt(2 / 64), (64, hidden)), "b1": np.zeros(hidden),
        "w2": rng.normal(0, np.sqrt(2 / hidden), (hidden, 10)), "b2": np.zeros(10),
    }


def forward(w, x):
    """Hidden values and class probabilities."""
    h = np.maximum(x @ w["w1"] + w["b1"], 0)
    z = h @ w["w2"] + w["b2"]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return h, e / e.sum(axis=1, keepdims=True)


def gradient(w, x, y):
    h, p = forward(w, x)
    d2 = p
    d2[np.arange(len(y)), y] -= 1
    d2 /= len(y)
    d1 = d2 @ w["w2"].T * (h > 0)
    return {"w1": x.T @ d1, "b1": d1.sum(axis=0), "w2": h.T @ d2, "b2": d2.sum(axis=0)}


def measure(w, x, y):
    """Mean cross-entropy and accuracy."""
    _, p = forward(w, x)
    return float(-np.log(p[np.arange(len(y)), y] + 1e-12).mean()), float((p.argmax(axis=1) == y).mean())


def train(data, lr, epochs, hidden, batch, momentum, seed):
    """The weights after the last epoch; logs each epoch."""
    rng = np.random.default_rng(seed)
    x, y = data["train"]
    w = start(rng, hidden)
    speed = {name: np.zeros_like(value) for name, value in w.items()}
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(y))
        for at in range(0, len(order), batch):
            rows = order[at:at + batch]
            for name, g in gradient(w, x[rows], y[rows]).items():
                speed[name] = momentum * speed[name] - lr * g
                w[name] = w[name] + speed[name]
        loss, accuracy = measure(w, x, y)
        test_loss, test_accuracy = measure(w, *data["test"])
        wb.log(loss=loss, accuracy=accuracy, test_loss=test_loss, test_accuracy=test_accuracy, step=epoch)
        print("epoch %2d  loss %.4f  accuracy %.4f  held out: loss %.4f  accuracy %.4f"
              % (epoch, loss, accuracy, test_loss, test_accuracy), flush=True)
    return w, test_accuracy


def save(path, w, **attributes):
    with h5py.File(path, "w") as f:
        for name, value in w.items():
            f.create_dataset(name, data=value.astype(np.float32), track_times=False)
        for name, value in attributes.items():
            f.attrs[name] = value


def main():
    chosen = wb.params(lr=0.1, epochs=20, hidden=32, batch=32, momentum=0.9, seed=1)
    setting = {name: chosen[name] for name in ("lr", "epochs", "hidden", "batch", "momentum", "seed")}
    for name in ("epochs", "hidden", "batch"):
        if setting[name] < 1:
            sys.exit("train.py: %s must be 1 or more, not %s" % (name, setting[name]))
    # Those given with -p are recorded already.
    wb.param({name: value for name, value in setting.items() if "WB_PARAM_" + name not in os.environ})
    weights, accuracy = train(load(wb.input("digits.h5")), **setting)
    save(wb.output("weights.h5"), weights, test_accuracy=accuracy, **setting)


if __name__ == "__main__":
    main()
