package dev.millrace.models.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.checkpoint.SafetensorsWriter;
import dev.millrace.models.checkpoint.Tensor;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubTest {

  private static final HubModel MODEL = HubModel.of("org/name");

  @TempDir Path directory;

  private FakeHub hub;

  @BeforeEach
  void start() throws IOException {
    hub = new FakeHub();
    Path file = directory.resolve("origin.safetensors");
    float[] values = new float[50_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    SafetensorsWriter.write(file, List.of(Tensor.ofFloats("w", new long[] {50_000}, values)));
    hub.files.put("model.safetensors", Files.readAllBytes(file));
    hub.files.put("config.json", "{\"model_type\":\"llama\"}".getBytes());
    hub.files.put("1_Pooling/config.json", "{}".getBytes());
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private Hub client(int attempts) {
    return new Hub(settings(attempts));
  }

  private HubSettings settings(int attempts) {
    return new HubSettings(
        hub.base(), Optional.empty(), Duration.ofSeconds(5), attempts, Duration.ofMillis(1));
  }

  private Path target() {
    return directory.resolve("target");
  }

  private void assertComplete() throws IOException {
    try (Stream<Path> files = Files.walk(target())) {
      assertThat(files.filter(Files::isRegularFile).map(f -> target().relativize(f).toString()))
          .containsExactlyInAnyOrder("config.json", "model.safetensors", "1_Pooling/config.json");
    }
    assertThat(target().resolve("model.safetensors"))
        .hasBinaryContent(hub.files.get("model.safetensors"));
  }

  @Test
  void a_fetched_model_is_a_directory_that_loads() throws Exception {
    client(1).fetch(MODEL, target(), FetchProgress.NONE);

    assertComplete();
    ModelDirectory model = ModelDirectory.open(target());
    assertThat(model.config().path("model_type").asText()).isEqualTo("llama");
    try (Checkpoint weights = model.weights()) {
      assertThat(weights.tensor("w").toFloats()[49_999]).isEqualTo(49_999f);
    }
  }

  @Test
  void every_file_comes_from_the_commit_that_was_listed() {
    client(1).fetch(MODEL, target(), FetchProgress.NONE);
    assertThat(hub.requests)
        .contains("/org/name/resolve/" + FakeHub.COMMIT + "/config.json")
        .noneMatch(request -> request.contains("/resolve/main/"));
  }

  @Test
  void a_broken_download_goes_on_where_it_stopped() throws Exception {
    hub.files.keySet().removeIf(name -> !name.endsWith(".safetensors"));
    hub.breakOff.set(2);
    client(3).fetch(MODEL, target(), FetchProgress.NONE);

    assertThat(target().resolve("model.safetensors"))
        .hasBinaryContent(hub.files.get("model.safetensors"));
    int size = hub.files.get("model.safetensors").length;
    assertThat(hub.requests.stream().filter(request -> request.startsWith("/cdn/")))
        .containsExactly(
            "/cdn/model.safetensors",
            "/cdn/model.safetensors bytes=" + size / 2 + "-",
            "/cdn/model.safetensors bytes=" + (size / 2 + (size - size / 2) / 2) + "-");
  }

  @Test
  void a_later_call_goes_on_where_an_earlier_one_gave_up() throws Exception {
    hub.files.keySet().removeIf(name -> !name.endsWith(".safetensors"));
    hub.breakOff.set(1);
    assertThatThrownBy(() -> client(1).fetch(MODEL, target(), FetchProgress.NONE))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("model.safetensors of org/name@" + FakeHub.COMMIT)
        .hasMessageContaining("could not be fetched in 1 attempts");
    assertThat(target().resolve("model.safetensors")).doesNotExist();

    client(1).fetch(MODEL, target(), FetchProgress.NONE);
    assertThat(target().resolve("model.safetensors"))
        .hasBinaryContent(hub.files.get("model.safetensors"));
    assertThat(hub.requests.getLast()).startsWith("/cdn/model.safetensors bytes=");
  }

  @Test
  void a_server_that_falls_silent_is_left_at_the_deadline() throws Exception {
    hub.files.keySet().removeIf(name -> !name.endsWith(".safetensors"));
    hub.stall.set(1);
    Hub impatient =
        new Hub(
            new HubSettings(
                hub.base(), Optional.empty(), Duration.ofMillis(300), 2, Duration.ofMillis(1)));
    impatient.fetch(MODEL, target(), FetchProgress.NONE);
    assertThat(target().resolve("model.safetensors"))
        .hasBinaryContent(hub.files.get("model.safetensors"));
    assertThat(hub.requests.getLast()).startsWith("/cdn/model.safetensors bytes=");
  }

  @Test
  void a_server_without_ranges_is_read_from_the_start_again() throws Exception {
    hub.ignoresRange = true;
    hub.breakOff.set(2);
    client(3).fetch(MODEL, target(), FetchProgress.NONE);
    assertComplete();
  }

  @Test
  void an_overloaded_server_is_asked_again_but_not_for_ever() throws Exception {
    hub.unavailable.set(2);
    client(3).fetch(MODEL, target(), FetchProgress.NONE);
    assertComplete();

    hub.files.put("config.json", "{ }".getBytes());
    hub.unavailable.set(100);
    assertThatThrownBy(() -> client(3).fetch(MODEL, target(), FetchProgress.NONE))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("config.json")
        .hasMessageContaining("3 attempts")
        .hasMessageContaining("answered 503");
    assertThat(hub.unavailable).hasValue(97);
  }

  @Test
  void a_wrong_hash_is_never_put_in_place() throws Exception {
    hub.files.keySet().removeIf(name -> !name.endsWith(".safetensors"));
    hub.corrupt.set(1);
    client(2).fetch(MODEL, target(), FetchProgress.NONE);
    assertThat(target().resolve("model.safetensors"))
        .hasBinaryContent(hub.files.get("model.safetensors"));

    Files.delete(target().resolve("model.safetensors"));
    hub.corrupt.set(100);
    assertThatThrownBy(() -> client(2).fetch(MODEL, target(), FetchProgress.NONE))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("model.safetensors has the sha256")
        .hasMessageContaining("expected " + FakeHub.sha256(hub.files.get("model.safetensors")));
    assertThat(target().resolve("model.safetensors")).doesNotExist();
  }

  @Test
  void what_is_there_is_not_fetched_again_unless_it_is_damaged() throws Exception {
    client(1).fetch(MODEL, target(), FetchProgress.NONE);
    hub.requests.clear();
    client(1).fetch(MODEL, target(), FetchProgress.NONE);
    assertThat(hub.requests).containsExactly("/api/models/org/name/revision/main");

    byte[] damaged = hub.files.get("model.safetensors").clone();
    damaged[damaged.length - 1] ^= 1;
    Files.write(target().resolve("model.safetensors"), damaged);
    client(1).fetch(MODEL, target(), FetchProgress.NONE);
    assertComplete();
  }

  @Test
  void the_token_goes_to_the_hub_and_not_where_it_redirects() throws Exception {
    hub.requiredToken = "secret";
    assertThatThrownBy(() -> client(3).fetch(MODEL, target(), FetchProgress.NONE))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("answered 401")
        .hasMessageContaining("give a token");
    assertThat(hub.requests).hasSize(1);

    new Hub(settings(1).withToken("secret")).fetch(MODEL, target(), FetchProgress.NONE);
    assertComplete();
    assertThat(hub.requests)
        .filteredOn(request -> request.startsWith("/cdn/"))
        .isNotEmpty()
        .noneMatch(request -> request.contains("secret"));
    assertThat(settings(1).withToken("secret").toString()).doesNotContain("secret");
  }

  @Test
  void named_files_need_no_list() throws Exception {
    HubModel pinned = new HubModel("org/name", FakeHub.COMMIT);
    client(1).fetch(pinned, List.of("config.json"), target(), FetchProgress.NONE);
    assertThat(target().resolve("config.json")).hasBinaryContent(hub.files.get("config.json"));
    assertThat(hub.requests).noneMatch(request -> request.startsWith("/api/"));
  }

  @Test
  void progress_ends_at_the_size_of_each_file() {
    long[] last = new long[2];
    client(1)
        .fetch(
            MODEL,
            target(),
            (file, done, total) -> {
              if (file.equals("model.safetensors")) {
                last[0] = done;
                last[1] = total;
              }
            });
    long size = hub.files.get("model.safetensors").length;
    assertThat(last).containsExactly(size, size);
  }

  @Test
  void unknown_models_names_and_lists_are_refused_without_a_second_try() {
    assertThatThrownBy(
            () -> client(3).fetch(HubModel.of("org/other"), target(), FetchProgress.NONE))
        .isInstanceOf(HubException.class)
        .hasMessage("org/other@main: the hub answered 404; check the name and the revision");
    assertThat(hub.requests).hasSize(1);

    hub.files.remove("model.safetensors");
    assertThatThrownBy(() -> client(1).fetch(MODEL, target(), FetchProgress.NONE))
        .isInstanceOf(HubException.class)
        .hasMessage("org/name@main has no safetensors file among its 4 files");

    hub.files.put("../model.safetensors", new byte[1]);
    assertThatThrownBy(
            () ->
                client(1)
                    .fetch(MODEL, List.of("../model.safetensors"), target(), FetchProgress.NONE))
        .isInstanceOf(HubException.class)
        .hasMessageContaining("unsafe name: '../model.safetensors'");
    for (String name : new String[] {"", "/etc", "a/b/c", "a/../b", "a b/c"}) {
      assertThatThrownBy(() -> HubModel.of(name)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> HubSettings.of(URI.create("ftp://x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ftp://x");
  }
}
