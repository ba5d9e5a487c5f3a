// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/seed-coverage.md} names tests that exist. */
class SeedCoverageTest {
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w+(?:Test|IT|Contract))\\.(\\w+)`");
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    @Test
    void everyTestThatIsNamedExists() throws IOException {
        List<String> missing = new ArrayList<>();
        Matcher names = TEST.matcher(Files.readString(ROOT.resolve("docs/seed-coverage.md")));
        int found = 0;
        while (names.find()) {
            found++;
            String method = names.group(2);
            if (sources(names.group(1)).stream().noneMatch(source -> source.contains("void " + method + "("))) {
                missing.add(names.group());
            }
        }
        assertTrue(found > 80, "the table is shorter than it was");
        assertEquals(List.of(), missing);
    }

    @Test
    void everyRowNamesATest() throws IOException {
        List<String> rows = Files.readAllLines(ROOT.resolve("docs/seed-coverage.md")).stream()
                .filter(line -> line.matches("\\| (VD|[0-9]).*"))
                .toList();
        assertEquals(
                List.of(),
                rows.stream().filter(row -> !TEST.matcher(row).find()).toList());
    }

    private static List<String> sources(String type) throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            return modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(folder -> find(folder, type + ".java").stream())
                    .toList();
        }
    }

    private static List<String> find(Path folder, String file) {
        try (Stream<Path> paths = Files.find(folder, 20, (path, kind) -> path.endsWith(file))) {
            List<String> texts = new ArrayList<>();
            for (Path path : paths.toList()) {
                texts.add(Files.readString(path));
            }
            return texts;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
