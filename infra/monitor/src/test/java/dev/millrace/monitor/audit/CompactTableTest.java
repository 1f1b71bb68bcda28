package dev.millrace.monitor.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CompactTableTest {

  @Test
  void it_says_what_a_map_says_however_it_grows() {
    var table = new CompactTable(2);
    Map<String, Long> map = new HashMap<>();
    var random = new Random(7);
    for (int i = 0; i < 200_000; i++) {
      String id = "run/" + random.nextInt(60_000);
      int row = table.row(key(table, id));
      table.set(row, 0, table.get(row, 0) + 1);
      table.set(row, 1, id.hashCode());
      map.merge(id, 1L, Long::sum);
    }
    assertThat(table.size()).isEqualTo(map.size());
    map.forEach(
        (id, count) -> {
          int row = table.find(key(table, id));
          assertThat(table.get(row, 0)).isEqualTo(count);
          assertThat(table.get(row, 1)).isEqualTo(id.hashCode());
        });
    assertThat(table.find(key(table, "other"))).isEqualTo(-1);
    int[] rows = {0};
    table.forEach(row -> rows[0]++);
    assertThat(rows[0]).isEqualTo(map.size());
  }

  private static CompactTable.Key key(CompactTable table, String id) {
    return table.key(id.getBytes(StandardCharsets.UTF_8));
  }
}
