/** Threads, the garbage collector, files and a child process of a Java machine. */
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

public class Work {
	public static void main(String[] args) throws Exception {
		long sum = IntStream.range(0, 2_000_000).parallel().mapToObj(Integer::valueOf).mapToLong(Integer::intValue).sum();
		Path file = Files.writeString(Path.of("result.txt"), Long.toString(sum));
		int child = new ProcessBuilder("sh", "-c", "exit 7").start().waitFor();
		if (!Files.readString(file).equals("1999999000000") || child != 7) {
			System.out.println("wrong result: " + sum + " and " + child);
			System.exit(1);
		}
		System.out.println("java: ok");
	}
}
