package dev.millrace.models.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The files of a model at one commit.
 *
 * @param commit what the revision stood for when it was listed; later requests name it, so that a
 *     push in between cannot mix two states
 */
record HubListing(Optional<String> commit, List<HubFile> files) {

  /** Weights as safetensors, settings and tokenizers; no other formats of the same weights. */
  private static final Pattern WANTED =
      Pattern.compile(
          "(?!consolidated|openvino|onnx)[^/]+\\.(safetensors|json|jinja)|1_Pooling/config\\.json"
              + "|tokenizer\\.model|merges\\.txt|vocab\\.txt");

  static HubListing read(JsonNode root, HubModel model) {
    List<HubFile> files = new ArrayList<>();
    for (JsonNode sibling : root.path("siblings")) {
      String name = sibling.path("rfilename").asText();
      if (WANTED.matcher(name).matches()) {
        JsonNode size = sibling.path("size");
        files.add(
            new HubFile(
                name,
                size.canConvertToLong() ? OptionalLong.of(size.asLong()) : OptionalLong.empty(),
                HubFile.sha256(sibling.path("lfs").path("sha256").asText(null))));
      }
    }
    if (files.stream().noneMatch(file -> file.name().endsWith(".safetensors"))) {
      throw new HubException(
          "%s has no safetensors file among its %d files"
              .formatted(model, root.path("siblings").size()));
    }
    return new HubListing(
        Optional.ofNullable(root.path("sha").asText(null)).filter(sha -> sha.matches("[0-9a-f]+")),
        files);
  }
}
