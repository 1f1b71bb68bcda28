package dev.millrace.policy.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderConfigJson;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.decoder.RopeScaling;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyDraft;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyFollower;
import dev.millrace.policy.PolicyPublisher;
import dev.millrace.policy.WeightsType;
import dev.millrace.policy.bench.BenchDrafts.Kind;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.Timer;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Publication to adoption and to the first token that is sampled with it, through a real broker,
 * beside its raw rate in the same run: a table, and as the last line one object of JSON with the
 * same figures. A worker samples all the time, on the cores that it shares with the publisher.
 *
 * <p>Arguments: {@code demo} (140,992 weights, float32), {@code large} (494 million weights in
 * bfloat16, 1 GB; takes 12 GB of memory), none = demo; {@code kinds=whole,delta,adapter}, none =
 * whole; {@code rounds=N}; settings as {@code millrace.kafka.bootstrap=...}. Rounds of the broker
 * alone and of a whole version take turns.
 */
public final class PolicyBench {

  private static final String POLICY = "bench";

  private final PrintStream out;
  private final ObjectNode json = new ObjectMapper().createObjectNode();

  private PolicyBench(PrintStream out) {
    this.out = out;
  }

  /** Runs from the command line. */
  public static void main(String[] args) throws InterruptedException {
    new PolicyBench(System.out).run(List.of(args));
  }

  private void run(List<String> args) throws InterruptedException {
    Map<String, String> settings = new HashMap<>();
    List<String> shapes = new ArrayList<>();
    List<Kind> kinds = List.of(Kind.WHOLE);
    int rounds = 0;
    for (String arg : args) {
      int equals = arg.indexOf('=');
      if (arg.startsWith("millrace.") && equals > 0) {
        settings.put(arg.substring(0, equals), arg.substring(equals + 1));
      } else if (arg.startsWith("rounds=")) {
        rounds = Integer.parseInt(arg.substring(equals + 1));
      } else if (arg.startsWith("kinds=")) {
        kinds =
            Arrays.stream(arg.substring(equals + 1).split(","))
                .map(kind -> Kind.valueOf(kind.toUpperCase(Locale.ROOT)))
                .toList();
      } else if (arg.equals("demo") || arg.equals("large")) {
        shapes.add(arg);
      } else {
        throw new IllegalArgumentException(
            "nothing called '" + arg + "' to measure: choose of demo, large");
      }
    }
    try (BenchTopics topics = new BenchTopics(settings)) {
      for (String name : shapes.isEmpty() ? List.of("demo") : shapes) {
        for (Kind kind : kinds) {
          measure(topics.context, Shape.of(name), kind, rounds);
        }
      }
    }
    out.println(json);
  }

  /**
   * A model to publish.
   *
   * @param rate at which it learns
   * @param rounds that are measured where nothing else is said
   */
  private record Shape(
      String name, DecoderConfig config, WeightsType type, double rate, int rounds) {

    static Shape of(String name) {
      return name.equals("demo")
          ? new Shape(
              name, DecoderConfig.llama(18, 64, 3, 4, 2, 176, 64), WeightsType.FLOAT32, 3e-4, 100)
          : new Shape(name, large(), WeightsType.BFLOAT16, 1e-6, 3);
    }
  }

  private static DecoderConfig large() {
    return new DecoderConfig(
        "Qwen2ForCausalLM",
        151936,
        896,
        24,
        14,
        2,
        64,
        4864,
        1e-6,
        512,
        1_000_000,
        new RopeScaling.None(),
        true,
        true,
        false,
        false,
        false,
        0,
        Collections.nCopies(24, false),
        0.02);
  }

  private record Adoption(long version, long at) {}

  private void measure(StageContext context, Shape shape, Kind kind, int wanted)
      throws InterruptedException {
    TorchRuntime torch = TorchRuntime.cpu(out::println);
    DecoderConfig config = shape.config();
    int rounds = wanted > 0 ? wanted : shape.rounds();
    String name =
        shape.name() + (kind == Kind.WHOLE ? "" : "_" + kind.name().toLowerCase(Locale.ROOT));
    String policy = POLICY + "-" + name;
    PolicyFiles files =
        new PolicyFiles(
            Map.of(
                ModelDirectory.CONFIG,
                DecoderConfigJson.write(config).toString().getBytes(StandardCharsets.UTF_8)));
    BlockingQueue<Adoption> adoptions = new ArrayBlockingQueue<>(1000);
    Figures figures = new Figures();
    // Of other kinds, the first version is whole, and the second brings it once more.
    int warmUp = rounds >= 20 ? 20 : kind == Kind.WHOLE ? 1 : 2;
    long bytes = config.weights() * shape.type().tensorType().bytes();
    try (DecoderWeights weights = DecoderWeights.random(torch, config, Initialisation.SCALED, 1);
        BenchDrafts drafts =
            new BenchDrafts(policy, kind, weights, files, shape.type(), shape.rate());
        EndlessSampler sampler = new EndlessSampler(weights);
        RawRate raw = new RawRate(context);
        var producer = producer(context);
        var follower =
            new PolicyFollower(
                context,
                torch,
                policy,
                "bench",
                loaded -> {
                  try (loaded) {
                    sampler.swap(loaded.weights(), loaded.version());
                    adoptions.add(new Adoption(loaded.version(), System.nanoTime()));
                  }
                })) {
      PolicyPublisher publisher = new PolicyPublisher(context);
      follower.start();
      for (int version = 1; version <= warmUp + rounds; version++) {
        if (version == warmUp + 1) {
          figures = new Figures();
        }
        if (kind == Kind.WHOLE) {
          long offset = raw.end();
          figures.rawWrite.add(raw.write(bytes));
          figures.rawRead.add(raw.read(offset, bytes));
        }
        PolicyDraft draft = drafts.next(version);
        long start = System.nanoTime();
        producer.beginTransaction();
        PolicyVersion manifest = publisher.publish(producer, draft);
        figures.publish.addMillisSince(start);
        producer.commitTransaction();
        figures.commit.addMillisSince(start);
        publisher.committed();
        drafts.published(manifest);
        figures.bytes.add(manifest.getBytes());
        Adoption adoption = adoptions.poll(10, TimeUnit.MINUTES);
        if (adoption == null || adoption.version() != manifest.getVersion()) {
          throw new IllegalStateException(
              "version " + version + " was not adopted: " + follower.health().describe());
        }
        figures.adopted.add((adoption.at() - start) / 1e6);
        figures.firstToken.add((sampler.firstToken(version) - start) / 1e6);
      }
      Timer load = context.meters().get("millrace_policy_load").tag("policy", policy).timer();
      figures.load = load.totalTime(TimeUnit.MILLISECONDS) / load.count();
      figures.print(out, name, config.weights(), rounds, json.putObject(name));
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(StageContext context) {
    Map<String, Object> map = PolicyPublisher.producerSettings(context.kafka(), "bench-learner");
    map.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "bench-learner-" + UUID.randomUUID());
    var producer = new KafkaProducer<>(map, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  /** Milliseconds. */
  private static final class Figures {
    private final Samples bytes = new Samples();
    private final Samples rawWrite = new Samples();
    private final Samples rawRead = new Samples();
    private final Samples publish = new Samples();
    private final Samples commit = new Samples();
    private final Samples adopted = new Samples();
    private final Samples firstToken = new Samples();
    private double load;

    private void print(PrintStream out, String name, long weights, int rounds, ObjectNode json) {
      double size = bytes.median();
      json.put("weights", weights).put("rounds", rounds);
      json.put("bytes", Math.round(size)).put("bytesMean", Math.round(bytes.mean()));
      out.printf(
          "%s: %,d weights, %,.0f bytes (mean %,.0f), %d rounds%n",
          name, weights, size, bytes.mean(), rounds);
      out.printf("%-34s %10s %10s %10s%n", "", "p50 ms", "p99 ms", "MB/s");
      row(out, json, "rawWrite", "raw: write and commit", rawWrite, size);
      row(out, json, "rawRead", "raw: read", rawRead, size);
      row(out, json, "publish", "weights and manifest sent", publish, size);
      row(out, json, "commit", "until committed", commit, size);
      row(out, json, "adopted", "until adopted", adopted, size);
      row(out, json, "firstToken", "until its first token", firstToken, size);
      out.printf("%-34s %10.1f   (mean, with the warm-up)%n", "load, verify, build", load);
      json.put("loadMs", load);
    }

    private static void row(
        PrintStream out, ObjectNode json, String key, String what, Samples samples, double bytes) {
      if (samples.isEmpty()) {
        return;
      }
      double rate = bytes / samples.median() / 1000;
      out.printf(
          "%-34s %10.1f %10.1f %10.1f%n", what, samples.median(), samples.quantile(0.99), rate);
      json.putObject(key)
          .put("p50Ms", samples.median())
          .put("p99Ms", samples.quantile(0.99))
          .put("MBs", rate);
    }
  }
}
