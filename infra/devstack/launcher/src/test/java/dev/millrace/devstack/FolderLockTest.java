package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
  @TempDir Path folder;

  @Test
  void second_launcher_is_refused_with_the_pid_of_the_first() {
    String pid = Long.toString(ProcessHandle.current().pid());
    try (FolderLock held = FolderLock.acquire(folder)) {
      assertThat(held).isNotNull();
      assertThatThrownBy(() -> FolderLock.acquire(folder))
          .isInstanceOf(DevStackException.class)
          .hasMessageContaining("in use by another millrace (pid " + pid + ")")
          .hasMessageNotContaining("\n");
      assertThat(FolderLock.holder(folder)).contains(pid);
    }
  }

  @Test
  void folder_can_be_locked_again_after_it_was_given_up() {
    FolderLock.acquire(folder).close();

    assertThat(FolderLock.holder(folder)).isEmpty();
    FolderLock.acquire(folder).close();
  }

  @Test
  void file_in_place_of_the_folder_is_told_in_one_line() throws IOException {
    Path file = Files.createFile(folder.resolve("data"));

    assertThatThrownBy(() -> FolderLock.acquire(file))
        .isInstanceOf(DevStackException.class)
        .hasMessageContaining("cannot write to the data folder " + file)
        .hasMessageContaining("a file of that name is in the way");
  }

  @Test
  void nearly_full_disk_is_told_with_both_figures() {
    assertThatThrownBy(() -> FolderProblem.requireFree(folder.resolve("not/yet"), Long.MAX_VALUE))
        .isInstanceOf(DevStackException.class)
        .hasMessageMatching("the disk of .* is nearly full: \\d+ MiB free, \\d+ MiB needed; .*");
  }
}
