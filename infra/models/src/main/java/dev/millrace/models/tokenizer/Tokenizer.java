package dev.millrace.models.tokenizer;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.millrace.models.embedding.TokenCounter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A tokenizer.json through the reference implementation. Never truncates, never pads, uses no
 * network. Safe for several threads; close it when all of them are done.
 */
public final class Tokenizer implements AutoCloseable {

  private static final Map<String, String> AS_IT_IS =
      Map.of("truncation", "false", "padding", "false", "addSpecialTokens", "false");

  private final TokenizerFile file;
  private final HuggingFaceTokenizer library;
  private final boolean strictAlphabet;
  private final AtomicReferenceArray<TokenBytes> bytes = new AtomicReferenceArray<>(2);

  private Tokenizer(TokenizerFile file, HuggingFaceTokenizer library) {
    this.file = file;
    this.library = library;
    this.strictAlphabet = file.dropsUnknownCharacters();
  }

  /**
   * @param path a tokenizer.json or the directory that holds it
   * @throws TokenizerException if it is missing, damaged or has no vocabulary
   */
  public static Tokenizer open(Path path) {
    Path json = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
    TokenizerFile file = TokenizerFile.read(json);
    // The library would look for a GPU build of itself on the network.
    if (System.getProperty("ai.djl.offline") == null) {
      System.setProperty("ai.djl.offline", "true");
    }
    try {
      return new Tokenizer(file, HuggingFaceTokenizer.newInstance(json, AS_IT_IS));
    } catch (IOException | RuntimeException e) {
      String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new TokenizerException(json + ": is not a usable tokenizer: " + reason, e);
    }
  }

  /**
   * Token ids of a text as it stands. Special tokens that are spelled out in it are recognised,
   * none are added.
   *
   * @throws IllegalArgumentException if the vocabulary cannot express a character at all
   */
  public int[] encode(String text) {
    return encode(text, false);
  }

  /**
   * As {@link #encode(String)}; with the tokens that the model wants around a text, if asked for.
   */
  public int[] encode(String text, boolean addSpecialTokens) {
    return takeIds(
        TokenizersLibrary.LIB.encode(library.getHandle(), checked(text), addSpecialTokens));
  }

  /** Many texts at once, on several threads. */
  public List<int[]> encodeAll(List<String> texts, boolean addSpecialTokens) {
    if (texts.isEmpty()) {
      return List.of();
    }
    String[] checked = texts.stream().map(this::checked).toArray(String[]::new);
    return Arrays.stream(
            TokenizersLibrary.LIB.batchEncode(library.getHandle(), checked, addSpecialTokens))
        .mapToObj(Tokenizer::takeIds)
        .toList();
  }

  /** Two texts with the special tokens around and between them. */
  public EncodedPair encodePair(String first, String second) {
    Encoding encoding = library.encode(checked(first), checked(second), true, false);
    return new EncodedPair(ints(encoding.getIds()), ints(encoding.getTypeIds()));
  }

  /** Text of the tokens; special tokens are left out if {@code skipSpecial}. */
  public String decode(int[] tokens, boolean skipSpecial) {
    long[] ids = new long[tokens.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = requireId(tokens[i]);
    }
    return library.decode(ids, skipSpecial);
  }

  /** Turns tokens into text one by one. */
  public Detokenizer detokenizer(boolean skipSpecial) {
    TokenBytes table = table(skipSpecial);
    return table != null
        ? new ByteDetokenizer(table)
        : new WindowDetokenizer(ids -> decode(ids, skipSpecial));
  }

  /**
   * The bytes of every token, by id: those of an answer, joined, are its UTF-8 text. Special tokens
   * and unused ids have none. Empty for a vocabulary whose tokens mean different bytes in different
   * places (WordPiece).
   *
   * @return the arrays are shared: read only
   */
  public Optional<List<byte[]>> tokenBytes() {
    return Optional.ofNullable(table(true)).map(table -> List.of(table.bytes()));
  }

  private TokenBytes table(boolean skipSpecial) {
    int slot = skipSpecial ? 1 : 0;
    TokenBytes table = bytes.get(slot);
    if (table == null) {
      table = TokenBytes.of(file, skipSpecial).orElse(null);
      bytes.set(slot, table);
    }
    return table;
  }

  /** Counts tokens without special ones; valid while this tokenizer is open. */
  public TokenCounter counter() {
    return text -> text.isEmpty() ? 0 : encode(text).length;
  }

  /** One more than the largest id: the rows that an embedding needs at least. */
  public int size() {
    return file.tokens().length;
  }

  /** Id of a token as the vocabulary spells it, for example {@code <|im_end|>}. */
  public OptionalInt id(String token) {
    Integer id = file.ids().get(token);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * Id of a token that must be there.
   *
   * @throws TokenizerException if it is not
   */
  public int requireId(String token) {
    return id(token)
        .orElseThrow(() -> new TokenizerException(file.path() + " has no token '" + token + "'"));
  }

  /** Spelling of a token in the vocabulary. */
  public String token(int id) {
    return file.tokens()[requireId(id)];
  }

  public boolean isSpecial(int id) {
    return file.special().get(requireId(id));
  }

  @Override
  public void close() {
    library.close();
  }

  private int requireId(int id) {
    if (id < 0 || id >= size() || file.tokens()[id] == null) {
      throw new IllegalArgumentException(
          "token id "
              + id
              + " is not in the vocabulary of "
              + file.path()
              + " (0 to "
              + (size() - 1)
              + ")");
    }
    return id;
  }

  private String checked(String text) {
    if (strictAlphabet) {
      text.codePoints()
          .mapToObj(Character::toString)
          .filter(character -> !file.ids().containsKey(character))
          .findFirst()
          .ifPresent(this::refuse);
    }
    return wellFormed(text);
  }

  private void refuse(String character) {
    throw new IllegalArgumentException(
        "character '%s' (U+%04X) is not in the vocabulary of %s"
            .formatted(character, character.codePointAt(0), file.path()));
  }

  /** Half a surrogate pair has no UTF-8 form: it becomes U+FFFD, as everywhere else. */
  private static String wellFormed(String text) {
    StringBuilder repaired = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        repaired = repaired == null ? new StringBuilder(text) : repaired;
        repaired.setCharAt(i, '\ufffd');
      }
    }
    return repaired == null ? text : repaired.toString();
  }

  /**
   * Ids only. The library's own encode also brings over spellings, spans and masks, which costs as
   * much again as tokenising.
   */
  private static int[] takeIds(long encoding) {
    try {
      return ints(TokenizersLibrary.LIB.getTokenIds(encoding));
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  private static int[] ints(long[] ids) {
    int[] out = new int[ids.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = Math.toIntExact(ids[i]);
    }
    return out;
  }
}
