package dev.millrace.models.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Makes a tokenizer with one token a character, for small task models. */
public final class CharacterTokenizer {

  private CharacterTokenizer() {}

  /**
   * @param alphabet characters in the order of their ids, which follow those of {@code special}; a
   *     text with another character is refused when it is encoded
   * @param special tokens such as {@code <pad>}, with the ids from 0
   * @throws IllegalArgumentException if a character or special token occurs twice
   */
  public static TokenizerDefinition of(String alphabet, List<String> special) {
    List<String> vocabulary = new ArrayList<>(special);
    alphabet.codePoints().mapToObj(Character::toString).forEach(vocabulary::add);
    for (int i = 0; i < vocabulary.size(); i++) {
      if (vocabulary.get(i).isEmpty() || vocabulary.indexOf(vocabulary.get(i)) != i) {
        throw new IllegalArgumentException(
            "token '" + vocabulary.get(i) + "' is empty or occurs twice");
      }
    }
    ObjectNode decoder = JsonNodeFactory.instance.objectNode().put("type", "Fuse");
    return TokenizerDefinition.bpe(vocabulary, List.of(), special, null, decoder);
  }
}
