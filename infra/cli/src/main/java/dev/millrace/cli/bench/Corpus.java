package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.cli.Api;
import dev.millrace.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A test collection as a folder: {@code docs.jsonl} and {@code queries.jsonl} with id, title and
 * text, {@code qrels.tsv} with query id, document id and relevance (above 0 counts).
 */
record Corpus(Path folder, List<Entry> documents, List<Entry> queries, Map<String, Set<String>> relevant) {

  record Entry(String id, String title, String text) {}

  static Corpus read(Path folder) {
    return new Corpus(
        folder,
        entries(folder.resolve("docs.jsonl")),
        entries(folder.resolve("queries.jsonl")),
        judgements(folder.resolve("qrels.tsv")));
  }

  private static List<Entry> entries(Path file) {
    List<Entry> entries = new ArrayList<>();
    int number = 0;
    for (String line : lines(file)) {
      number++;
      try {
        JsonNode node = Api.JSON.readTree(line);
        String id = node.path("id").asText(node.path("_id").asText());
        entries.add(new Entry(id, node.path("title").asText(), node.path("text").asText()));
      } catch (IOException e) {
        throw new CommandFailure(file + ":" + number + " is not JSON", e);
      }
    }
    return List.copyOf(entries);
  }

  private static Map<String, Set<String>> judgements(Path file) {
    Map<String, Set<String>> relevant = new HashMap<>();
    for (String line : lines(file)) {
      String[] parts = line.split("\t");
      String grade = parts[parts.length - 1];
      if (grade.matches("\\d+") && Integer.parseInt(grade) > 0) {
        relevant.computeIfAbsent(parts[0], id -> new HashSet<>()).add(parts[parts.length - 2]);
      }
    }
    return Map.copyOf(relevant);
  }

  private static List<String> lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.filter(line -> !line.isBlank()).toList();
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + file + ": a collection is a folder with docs.jsonl, queries.jsonl and qrels.tsv", e);
    }
  }
}
