import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.camunda.feel.api.FeelEngineApi;
import org.camunda.feel.api.FeelEngineBuilder;

/** Evaluates the expressions of a file with feel-scala, parsed once; prints name, tab, nanoseconds a run. */
public final class FeelPeer {
  private static BigDecimal number(String text) {
    return new BigDecimal(text);
  }

  private static Map<String, Object> line(String sku, String price, String quantity) {
    return Map.of("sku", sku, "price", number(price), "quantity", number(quantity));
  }

  /** The context of feel_bench.cc. */
  private static Map<String, Object> context() {
    return Map.of(
        "amount", number("1250.75"),
        "discount", number("10"),
        "age", number("42"),
        "status", "open",
        "numbers", Arrays.stream("5 3 8 1 9 2 7".split(" ")).map(FeelPeer::number).toList(),
        "order", Map.of(
            "customer", Map.of("name", "Ada", "address", Map.of("city", "London")),
            "lines", List.of(line("a", "10", "3"), line("b", "30", "2"), line("c", "80.5", "1"), line("d", "25", "4"))));
  }

  /** The median of nine measurements of some 100 ms, after two seconds for the compiler. */
  private static double nanoseconds(Runnable work) {
    long until = System.nanoTime() + 2_000_000_000L;
    long warm = 0;
    while (System.nanoTime() < until) {
      work.run();
      ++warm;
    }
    long runs = Math.max(1, warm / 20);
    double[] times = new double[9];
    for (int i = 0; i < times.length; ++i) {
      long start = System.nanoTime();
      for (long run = 0; run < runs; ++run) work.run();
      times[i] = (System.nanoTime() - start) / (double) runs;
    }
    Arrays.sort(times);
    return times[times.length / 2];
  }

  public static void main(String[] arguments) throws Exception {
    FeelEngineApi engine = FeelEngineBuilder.forJava().build();
    Map<String, Object> context = context();
    for (String row : Files.readAllLines(Path.of(arguments[0]))) {
      String[] parts = row.split("\t");
      if (row.startsWith("#") || parts.length < 3) continue;
      boolean tests = parts[1].equals("tests");
      Object input = parts[0].equals("test: text") ? "pending" : number("42");
      var parsed = tests ? engine.parseUnaryTests(parts[2]) : engine.parseExpression(parts[2]);
      if (parsed.isFailure()) {
        System.err.println(parts[0] + ": " + parsed.failure().message());
        continue;
      }
      var expression = parsed.parsedExpression();
      var result = tests ? engine.evaluateWithInput(expression, input, context) : engine.evaluate(expression, context);
      System.err.println(parts[0] + ": " + (result.isSuccess() ? result.result() : result.failure().message()));
      double time = nanoseconds(
          tests ? () -> engine.evaluateWithInput(expression, input, context) : () -> engine.evaluate(expression, context));
      System.out.println(parts[0] + "\t" + time);
    }
  }
}
