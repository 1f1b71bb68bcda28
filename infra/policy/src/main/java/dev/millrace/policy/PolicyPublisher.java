package dev.millrace.policy;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.train.LoraConfigJson;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.Timer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Writes a version to the log inside the caller's transaction: its bytes to {@code policy-weights},
 * then, when the broker has them, its manifest to {@code policy-versions}. For one thread.
 */
public final class PolicyPublisher {

  /** Of one record of {@code policy-weights}. */
  static final int RECORD_BYTES = 4 << 20;

  /** A larger file is no part of the manifest, which everybody reads at once. */
  static final int INLINE_BYTES = 64 << 10;

  static final int PARTITION = 0;

  private final StageContext context;
  private final AvroSerde<PolicyVersion> serde;
  private final Duration patience;
  private byte[] chunk = new byte[0];
  private DeltaBase base;
  private DeltaBase sent; // the same as soon as its transaction is committed

  public PolicyPublisher(StageContext context) {
    this.context = context;
    this.serde = new AvroSerde<>(context.registry(), context.topics().policyVersions());
    this.patience = PolicySettings.from(context.settings()).publishDeadline();
  }

  /**
   * Settings of a producer that carries weights beside small records. The caller adds its {@code
   * transactional.id} and {@code transaction.timeout.ms}.
   */
  public static Map<String, Object> producerSettings(KafkaSettings kafka, String clientId) {
    Map<String, Object> map = kafka.producer(clientId);
    map.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none"); // float weights do not get smaller
    map.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 2 * RECORD_BYTES);
    map.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 32L * RECORD_BYTES);
    // The last record of a version is smaller than a batch: nobody is to wait for more.
    map.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    map.put(ProducerConfig.SEND_BUFFER_CONFIG, -1);
    return map;
  }

  /**
   * Sends weights and manifest; committing is the caller's. The draft's memory is no longer read
   * when this returns or throws.
   *
   * @param inTransaction made with {@link #producerSettings}, its transaction begun
   * @return the manifest that was sent
   * @throws PolicyException if the draft has a NaN or the broker has not acknowledged in time: the
   *     caller aborts the transaction
   * @throws org.apache.kafka.common.KafkaException as the producer raised it, {@link
   *     org.apache.kafka.common.errors.ProducerFencedException} among them
   */
  public PolicyVersion publish(Producer<byte[], byte[]> inTransaction, PolicyDraft draft) {
    Timer.Sample timer = Timer.start();
    sent = null;
    String what = "version %d of policy %s".formatted(draft.version(), draft.policy());
    List<Tensor> tensors =
        draft.tensors().stream().map(tensor -> CastTensor.of(tensor, draft.type())).toList();
    Manifests.requireFit(what, draft, tensors);
    Map<String, String> inline = new TreeMap<>();
    Map<String, byte[]> attached = new TreeMap<>();
    draft
        .adapterOf()
        .ifPresentOrElse(
            of -> inline.put(LoraConfigJson.FILE, LoraConfigJson.write(of.settings()).toString()),
            () -> split(draft.files(), inline, attached));
    WeightsBytes bytes = new WeightsBytes(tensors, attached);
    if (bytes.tensorLength() == 0) {
      throw new IllegalArgumentException(what + " has no weights");
    }
    PolicyVersion.Builder manifest =
        PolicyVersion.newBuilder()
            .setPolicy(draft.policy())
            .setVersion(draft.version())
            .setRun(draft.run())
            .setStep(draft.step())
            .setPartition(PARTITION)
            .setDtype(draft.type().tensorType().name())
            .setTensors(bytes.entries());
    Deadline deadline = Deadline.in(patience);
    Sending sending = new Sending(inTransaction, draft, what, deadline);
    try (DigestTask digest = DigestTask.start("policy-digest-" + draft.policy(), bytes.tensors())) {
      if (draft.adapterOf().isPresent() || !sentAsDelta(sending, bytes, manifest)) {
        sendWhole(sending, bytes, manifest.setFiles(inline));
      }
      manifest.setSha256(digest.await(deadline, what));
    }
    PolicyVersion made = manifest.setPublishedAt(System.currentTimeMillis()).build();
    if (sent != null) {
      sent.of(made);
    }
    inTransaction.send(
        new ProducerRecord<>(
            context.topics().policyVersions().name(), PARTITION, Keys.of(made), serde.write(made)));
    timer.stop(context.meters().timer("millrace_policy_publication", "policy", draft.policy()));
    return made;
  }

  /**
   * To be called when the transaction of the last publication is committed: later versions may now
   * be published as their difference from it. Without it they are published whole.
   */
  public void committed() {
    if (sent != null) {
      base = sent;
      sent = null;
    }
  }

  /** What is sent of a draft, and until when. */
  private record Sending(
      Producer<byte[], byte[]> producer, PolicyDraft draft, String what, Deadline deadline) {}

  /** All tensors, or those of an adapter, and the files. */
  private void sendWhole(Sending sending, WeightsBytes bytes, PolicyVersion.Builder manifest) {
    PolicyDraft draft = sending.draft();
    draft
        .adapterOf()
        .ifPresentOrElse(
            of ->
                manifest
                    .setKind(WeightsKind.ADAPTER)
                    .setBaseVersion(of.version())
                    .setBaseSha256(of.sha256()),
            () -> manifest.setKind(WeightsKind.FULL));
    if (draft.deltas() > 0) {
      base = null; // its memory goes before that of the next one is taken
      sent = new DeltaBase(draft.files());
    }
    send(
        sending,
        bytes.length(),
        manifest.setAttached(bytes.attached()),
        (at, count) -> {
          // The producer copies a record into its buffers before send() returns, so one array
          // serves for all of them, and what it was filled from may change afterwards.
          if (chunk.length != count) {
            chunk = new byte[count];
          }
          bytes.copyFinite(at, chunk, count, sending.what());
          if (sent != null) {
            keep(chunk, (int) Math.min(count, Math.max(0, bytes.tensorLength() - at)), sending);
          }
          return chunk;
        });
  }

  private void keep(byte[] record, int count, Sending sending) {
    try {
      sent.add(record, count);
    } catch (OutOfMemoryError e) {
      throw Manifests.noMemory(sending.what() + ", kept for publish.delta,", count, e);
    }
  }

  private boolean sentAsDelta(Sending sending, WeightsBytes bytes, PolicyVersion.Builder manifest) {
    if (base == null || !base.serves(sending.draft(), bytes.entries())) {
      return false;
    }
    int width = sending.draft().type().tensorType().bytes();
    Optional<List<byte[]>> difference = base.difference(bytes, width, sending.what());
    if (difference.isEmpty()) {
      return false;
    }
    List<byte[]> records = difference.get();
    manifest
        .setKind(WeightsKind.DELTA)
        .setBaseVersion(base.manifest().getVersion())
        .setBaseSha256(base.manifest().getSha256());
    long length = records.stream().mapToLong(record -> record.length).sum();
    send(sending, length, manifest, (at, count) -> records.get((int) (at / RECORD_BYTES)));
    return true;
  }

  private static void split(
      PolicyFiles files, Map<String, String> inline, Map<String, byte[]> attached) {
    files
        .files()
        .forEach(
            (name, content) -> {
              Optional<String> text =
                  content.length <= INLINE_BYTES || name.equals(ModelDirectory.CONFIG)
                      ? text(content)
                      : Optional.empty();
              text.ifPresentOrElse(t -> inline.put(name, t), () -> attached.put(name, content));
            });
  }

  /** Empty for bytes that would not come back as they are. */
  private static Optional<String> text(byte[] content) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** The next record, from a position on, of so many bytes. */
  private interface Records {
    byte[] record(long at, int count);
  }

  private void send(Sending sending, long length, PolicyVersion.Builder manifest, Records records) {
    String topic = context.topics().policyWeights().name();
    byte[] key = Keys.of(sending.draft().policy(), sending.draft().version());
    List<Future<RecordMetadata>> acks = new ArrayList<>();
    for (long at = 0; at < length; at += RECORD_BYTES) {
      byte[] record = records.record(at, (int) Math.min(RECORD_BYTES, length - at));
      acks.add(sending.producer().send(new ProducerRecord<>(topic, PARTITION, key, record)));
      if (sending.deadline().passed()) {
        throw late(sending, acks.size(), length);
      }
    }
    long first = Long.MAX_VALUE;
    long last = -1;
    for (Future<RecordMetadata> ack : acks) {
      long offset = offset(ack, sending.deadline(), () -> late(sending, acks.size(), length));
      first = Math.min(first, offset);
      last = Math.max(last, offset);
    }
    manifest.setBytes(length).setFirstOffset(first).setLastOffset(last);
  }

  private static PolicyException late(Sending sending, int records, long length) {
    return new PolicyException(
        PolicyException.Reason.TIMEOUT,
        "%s: the broker has not acknowledged its %d bytes within %s (%d records sent)"
            .formatted(sending.what(), length, sending.deadline(), records));
  }

  private static long offset(
      Future<RecordMetadata> ack,
      Deadline deadline,
      java.util.function.Supplier<PolicyException> late) {
    try {
      return ack.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS).offset();
    } catch (TimeoutException e) {
      throw late.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new KafkaException("weights were not acknowledged: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException("interrupted while weights were acknowledged", e);
    }
  }
}
