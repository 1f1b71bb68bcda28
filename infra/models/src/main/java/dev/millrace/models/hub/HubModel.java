package dev.millrace.models.hub;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A model on a hub, at a revision.
 *
 * @param name {@code organisation/name}
 * @param revision a branch, tag or commit
 */
public record HubModel(String name, String revision) {

  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?");
  private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._/-]*");

  public HubModel {
    if (!NAME.matcher(name).matches() || name.contains("..")) {
      throw new IllegalArgumentException("not a model name of the form org/name: '" + name + "'");
    }
    if (!REVISION.matcher(revision).matches() || revision.contains("..")) {
      throw new IllegalArgumentException("not a revision: '" + revision + "'");
    }
  }

  /** The newest state of the main branch. */
  public static HubModel of(String name) {
    return new HubModel(name, "main");
  }

  HubModel at(String commit) {
    return new HubModel(name, commit);
  }

  String listingPath() {
    return "/api/models/" + name + "/revision/" + encode(revision) + "?blobs=true";
  }

  String filePath(String file) {
    String path =
        Arrays.stream(file.split("/")).map(HubModel::encode).collect(Collectors.joining("/"));
    return "/" + name + "/resolve/" + encode(revision) + "/" + path;
  }

  private static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return name + "@" + revision;
  }
}
