// Worker threads, a server on a socket file, files and a child process of Node.
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
const assert = require("assert");

if (!isMainThread) {
	parentPort.postMessage(workerData * workerData);
} else {
	const squares = [1, 2, 3].map((n) => new Promise((resolve, reject) => {
		const worker = new Worker(__filename, { workerData: n });
		worker.on("message", resolve);
		worker.on("error", reject);
	}));
	const answer = new Promise((resolve, reject) => {
		const server = require("http").createServer((request, response) => response.end("hello"));
		const path = require("path").join(require("os").tmpdir(), "work.socket");
		server.listen(path, () => {
			require("http").get({ socketPath: path }, (response) => {
				response.on("data", (text) => { server.close(); resolve(String(text)); });
			}).on("error", reject);
		});
	});
	Promise.all([...squares, answer]).then((all) => {
		assert.deepStrictEqual(all, [1, 4, 9, "hello"]);
		assert.strictEqual(String(require("child_process").execSync("echo child")), "child\n");
		require("fs").writeFileSync("result.json", JSON.stringify(all));
		console.log("node: ok");
	}).catch((error) => { console.log(String(error)); process.exit(1); });
}
