package dev.millrace.learner.preference;

import dev.millrace.contracts.avro.Message;
import dev.millrace.policy.PolicyText;
import dev.millrace.runtime.SettingsException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Pairs in tokens, parted into those to train on and those held out. */
final class PairSet {

  /** Pairs stand in memory: an eighth of it for tokens, of four bytes each. */
  private static final long MOST_TOKENS = Runtime.getRuntime().maxMemory() / 8;

  private final PolicyText text;
  private final int context;
  private final double heldOutShare;
  private final List<PreferencePair> training = new ArrayList<>();
  private final List<PreferencePair> heldOut = new ArrayList<>();
  private final Map<String, Integer> leftOut = new TreeMap<>();
  private final MessageDigest digest = sha256();
  private long tokens;

  /**
   * @param context the most tokens that the model can read
   * @param heldOutShare of the prompts
   */
  PairSet(PolicyText text, int context, double heldOutShare) {
    this.text = text;
    this.context = context;
    this.heldOutShare = heldOutShare;
  }

  /** Takes a pair, unless it cannot be used. */
  void add(TextPair pair) {
    String reason = take(pair);
    if (reason != null) {
      leftOut.merge(reason, 1, Integer::sum);
    }
  }

  private String take(TextPair pair) {
    if (pair.prompt().stream().allMatch(message -> message.getContent().isBlank())) {
      return "no-prompt";
    }
    PreferencePair encoded;
    try {
      encoded =
          new PreferencePair(
              text.prompt(pair.prompt()), text.answer(pair.chosen()), text.answer(pair.rejected()));
    } catch (IllegalArgumentException e) {
      return "not-expressible";
    }
    int longer = Math.max(encoded.chosen().length, encoded.rejected().length);
    // A reward model reads the last token twice.
    if (encoded.prompt().length + longer + 1 > context) {
      return "too-long";
    }
    if (Arrays.equals(encoded.chosen(), encoded.rejected())) {
      return "equal";
    }
    keep(encoded, place(pair.prompt()) < heldOutShare);
    return null;
  }

  private void keep(PreferencePair pair, boolean hold) {
    tokens += pair.prompt().length + pair.chosen().length + pair.rejected().length;
    if (tokens > MOST_TOKENS) {
      throw new SettingsException(
          "the pairs have more than %d tokens, which do not fit into memory: train on them in parts, each beginning with what the one before gave"
              .formatted(MOST_TOKENS));
    }
    for (int[] part : List.of(pair.prompt(), pair.chosen(), pair.rejected())) {
      ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * part.length).putInt(part.length);
      bytes.asIntBuffer().put(part);
      digest.update(bytes.array());
    }
    (hold ? heldOut : training).add(pair);
  }

  /** Where a prompt stands between 0 (included) and 1 (excluded): all its pairs on one side. */
  private static double place(List<Message> prompt) {
    MessageDigest hash = sha256();
    for (Message message : prompt) {
      hash.update((message.getRole() + "\n").getBytes(StandardCharsets.UTF_8));
      hash.update((message.getContent() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return (ByteBuffer.wrap(hash.digest()).getLong() >>> 11) * 0x1p-53;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  List<PreferencePair> training() {
    return training;
  }

  List<PreferencePair> heldOut() {
    return heldOut;
  }

  /** To be asked for once, when all pairs are in. */
  PairCounts counts() {
    return new PairCounts(
        training.size(), heldOut.size(), leftOut, HexFormat.of().formatHex(digest.digest()));
  }
}
