"""What people's scripts do: `workload.py NAME` does one of them and prints "NAME: ok" when its result is right.

Unmodified code as it is written outside a sandbox: nothing here knows where it runs. The last lines of the file
are the list; each function's docstring is its line in docs/workloads.md.
"""
import os
import sys


def need(truth, words):
    if not truth:
        raise SystemExit("wrong result: " + words)


def square(n):
    return n * n


def fill(name, n):
    from multiprocessing import shared_memory
    block = shared_memory.SharedMemory(name=name)
    block.buf[n] = n + 1
    block.close()


def pool_with(method):
    import multiprocessing
    context = multiprocessing.get_context(method)
    with context.Pool(3) as pool:
        need(pool.map(square, range(100)) == [n * n for n in range(100)], "pool.map")
    queue = context.Queue()
    child = context.Process(target=put_in, args=(queue,))
    child.start()
    need(queue.get(timeout=60) == "from the child", "queue")
    child.join()
    need(child.exitcode == 0, "exit code of the child")


def put_in(queue):
    queue.put("from the child")


def mp_fork():
    """multiprocessing: pool, queue and semaphores, started by fork"""
    pool_with("fork")


def mp_spawn():
    """multiprocessing: the same, started by spawn"""
    pool_with("spawn")


def mp_forkserver():
    """multiprocessing: the same, started by forkserver"""
    pool_with("forkserver")


def mp_shared():
    """multiprocessing: a shared memory block written by four processes"""
    import multiprocessing
    from multiprocessing import shared_memory
    block = shared_memory.SharedMemory(create=True, size=4096)
    try:
        children = [multiprocessing.Process(target=fill, args=(block.name, n)) for n in range(4)]
        for child in children:
            child.start()
        for child in children:
            child.join()
        need(bytes(block.buf[:4]) == b"\1\2\3\4", "shared memory")
    finally:
        block.close()
        block.unlink()


def threads():
    """threads, locks, a thread pool"""
    import threading
    from concurrent.futures import ThreadPoolExecutor
    lock = threading.Lock()
    total = []

    def add(n):
        with lock:
            total.append(n)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(add, range(1000)))
    need(sum(total) == 499500, "sum over threads")


def aio():
    """asyncio: a server and clients on a socket file, a child process, timers"""
    import asyncio
    import tempfile

    async def echo(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async def talk(path, n):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"%d\n" % n)
        need(int(await reader.readline()) == n, "echo")
        writer.close()

    async def main():
        path = os.path.join(tempfile.mkdtemp(), "socket")
        server = await asyncio.start_unix_server(echo, path)
        await asyncio.gather(*(talk(path, n) for n in range(50)))
        child = await asyncio.create_subprocess_exec("echo", "hello", stdout=asyncio.subprocess.PIPE)
        out, _ = await child.communicate()
        need(out == b"hello\n" and child.returncode == 0, "child of the loop")
        await asyncio.sleep(0)
        server.close()
    asyncio.run(main())


def loopback():
    """a server and clients over TCP on loopback"""
    import socket
    import threading
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        for _ in range(20):
            client, _ = server.accept()
            client.sendall(client.recv(100).upper())
            client.close()
    thread = threading.Thread(target=serve)
    thread.start()
    for n in range(20):
        with socket.create_connection(server.getsockname()) as s:
            s.sendall(b"hello %d" % n)
            need(s.recv(100) == b"HELLO %d" % n, "answer")
    thread.join()


def subprocesses():
    """subprocess: pipes, a shell, a signal, a timeout"""
    import signal
    import subprocess
    out = subprocess.run("seq 1000 | sort -rn | head -1", shell=True, stdout=subprocess.PIPE, check=True).stdout
    need(out == b"1000\n", "pipe line")
    child = subprocess.Popen(["sleep", "600"])
    child.send_signal(signal.SIGTERM)
    need(child.wait(60) == -signal.SIGTERM, "signal")
    try:
        subprocess.run(["sleep", "600"], timeout=0.01)
        need(False, "timeout")
    except subprocess.TimeoutExpired:
        pass


def sqlite():
    """sqlite3 in WAL mode, two connections"""
    import sqlite3
    one = sqlite3.connect("work.db")
    need(one.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal", "WAL mode")
    one.execute("CREATE TABLE t(a)")
    one.executemany("INSERT INTO t VALUES(?)", ((n,) for n in range(10000)))
    one.commit()
    two = sqlite3.connect("work.db")
    need(two.execute("SELECT sum(a) FROM t").fetchone()[0] == 49995000, "sum")


def files():
    """temporary files, locks, links, renamed folders, mmap, times"""
    import fcntl
    import mmap
    import shutil
    import tempfile
    with tempfile.NamedTemporaryFile() as f:
        f.write(b"x" * 8192)
        f.flush()
        with mmap.mmap(f.fileno(), 8192) as m:
            m[0] = 65
        fcntl.flock(f, fcntl.LOCK_EX)
    os.makedirs("checkpoints/tmp")
    with open("checkpoints/tmp/a", "w") as f:
        f.write("1")
        f.flush()
        os.fsync(f.fileno())
    os.rename("checkpoints/tmp", "checkpoints/last")
    os.symlink("last/a", "checkpoints/best")
    os.link("checkpoints/last/a", "checkpoints/copy")
    os.utime("checkpoints/copy", (1, 1))
    os.chmod("checkpoints/copy", 0o600)
    shutil.copytree("checkpoints/last", "checkpoints/again")
    need(open("checkpoints/best").read() == "1", "link")
    shutil.rmtree("checkpoints/again")


def venv():
    """a virtual environment made and used"""
    import subprocess
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "env"], check=True)
    out = subprocess.run(["env/bin/python", "-c", "import sys; print(sys.prefix)"], stdout=subprocess.PIPE, check=True)
    need(out.stdout.strip().endswith(b"/env"), "prefix")


def pip_offline():
    """pip installs a package from a folder, without a network"""
    import subprocess
    import zipfile
    name = "tiny_package-1.0-py3-none-any.whl"
    with zipfile.ZipFile(name, "w") as z:
        z.writestr("tiny_package.py", "value = 42\n")
        z.writestr("tiny_package-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny_package\nVersion: 1.0\n")
        z.writestr("tiny_package-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        z.writestr("tiny_package-1.0.dist-info/RECORD", "")
    subprocess.run([sys.executable, "-m", "pip", "-q", "install", "--no-index", "--no-deps", "--target", "site", name],
                   check=True)
    sys.path.insert(0, "site")
    import tiny_package
    need(tiny_package.value == 42, "the package's value")


def numpy_linalg():
    """NumPy: a product and a decomposition by a threaded BLAS, a file mapped"""
    import numpy
    a = numpy.random.default_rng(1).normal(size=(300, 300))
    u, s, v = numpy.linalg.svd(a)
    need(numpy.allclose((u * s) @ v, a), "svd")
    numpy.save("a.npy", a)
    need(numpy.load("a.npy", mmap_mode="r").shape == (300, 300), "mapped file")


def h5py_files():
    """h5py: chunked and compressed data written and read, with file locking"""
    import h5py
    import numpy
    with h5py.File("a.h5", "w") as f:
        f.create_dataset("x", data=numpy.arange(100000.0), chunks=(1000,), compression="gzip", shuffle=True)
    with h5py.File("a.h5", "r") as f:
        need(float(f["x"][:].sum()) == 4999950000.0, "sum")


def pandas_csv():
    """pandas: a table written, read and grouped"""
    import pandas
    pandas.DataFrame({"k": [1, 1, 2], "v": [1.0, 2.0, 3.0]}).to_csv("t.csv")
    need(pandas.read_csv("t.csv").groupby("k").v.sum().tolist() == [3.0, 3.0], "grouped sum")


def matplotlib_png():
    """matplotlib draws a PNG"""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    pyplot.plot([1, 3, 2])
    pyplot.title("a figure")
    pyplot.savefig("figure.png")
    need(open("figure.png", "rb").read(4) == b"\x89PNG", "the picture's first bytes")


def sklearn_joblib():
    """scikit-learn: a forest and a grid search over joblib's processes"""
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import GridSearchCV
    x, y = make_classification(n_samples=200, random_state=1)
    search = GridSearchCV(RandomForestClassifier(n_estimators=5, random_state=1), {"max_depth": [2, 4]}, cv=2, n_jobs=2)
    search.fit(x, y)
    need(search.best_score_ > 0.6, "score")


def torch_train():
    """PyTorch: a training loop on the processor, a checkpoint written and read"""
    import torch
    torch.manual_seed(1)
    x = torch.randn(256, 8)
    y = x @ torch.randn(8, 1)
    net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
    step = torch.optim.Adam(net.parameters(), 0.02)
    first = last = None
    for _ in range(100):
        loss = torch.nn.functional.mse_loss(net(x), y)
        step.zero_grad()
        loss.backward()
        step.step()
        first, last = first or loss.item(), loss.item()
    need(last < first / 4, "loss from %f to %f" % (first, last))
    torch.save(net.state_dict(), "net.pt")
    net.load_state_dict(torch.load("net.pt"))


class Numbers:
    def __len__(self):
        return 64

    def __getitem__(self, n):
        import torch
        return torch.full((1000,), float(n))


def load_with(method):
    import torch
    loader = torch.utils.data.DataLoader(Numbers(), batch_size=8, num_workers=2, multiprocessing_context=method)
    need(sum(float(batch.sum()) for batch in loader) == 2016000.0, "sum over the batches")


def torch_loader_fork():
    """PyTorch: DataLoader with two workers started by fork, tensors through shared memory"""
    load_with("fork")


def torch_loader_spawn():
    """PyTorch: DataLoader with two workers started by spawn"""
    load_with("spawn")


def rank(number, port):
    import torch
    import torch.distributed as dist
    dist.init_process_group("gloo", init_method="tcp://127.0.0.1:%d" % port, rank=number, world_size=2)
    value = torch.ones(1000) * (number + 1)
    dist.all_reduce(value)
    need(float(value.sum()) == 3000.0, "sum over the ranks")
    dist.destroy_process_group()


def torch_gloo():
    """PyTorch: all-reduce of two ranks over gloo on loopback"""
    import socket
    import torch.multiprocessing
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    torch.multiprocessing.spawn(rank, (port,), nprocs=2)


WORKLOADS = [
    threads, aio, loopback, subprocesses, files, sqlite, venv, pip_offline, mp_fork, mp_spawn, mp_forkserver, mp_shared,
    numpy_linalg, h5py_files, pandas_csv, matplotlib_png, sklearn_joblib,
    torch_train, torch_loader_fork, torch_loader_spawn, torch_gloo,
]

if __name__ == "__main__":
    if sys.argv[1] == "--list":
        for workload in WORKLOADS:
            print(workload.__name__, workload.__doc__, sep="\t")
    else:
        next(w for w in WORKLOADS if w.__name__ == sys.argv[1])()
        print(sys.argv[1] + ": ok")
