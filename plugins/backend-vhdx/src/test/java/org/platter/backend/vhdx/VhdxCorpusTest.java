// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that other programs made read as others say; several of them need their log. */
class VhdxCorpusTest {
    private static final String NAME = "disk.vhdx";

    /** A line of the manifest: image, size, checksum of the disk. */
    private record Row(String image, long size, String md5) {
        static Row of(String line) {
            String[] columns = line.split("\t");
            return new Row(columns[0], Long.parseLong(columns[1]), columns[2]);
        }
    }

    @TestFactory
    List<DynamicTest> readsAsOthersDoAndHasNoFaults() throws IOException {
        Path corpus = Tools.corpus();
        List<Row> rows = Files.readAllLines(corpus.resolve("MANIFEST-plugins.tsv")).stream()
                .filter(line -> !line.startsWith("#") && line.contains("\tVHDX "))
                .map(Row::of)
                .toList();
        assertTrue(rows.size() >= 4, () -> "only " + rows.size() + " rows");
        return rows.stream()
                .map(row -> DynamicTest.dynamicTest(
                        row.image(), () -> judge(row, Tools.unpacked(corpus.resolve(row.image())))))
                .toList();
    }

    private static void judge(Row row, byte[] file) throws Exception {
        MemoryFolder folder = MemoryFolder.of(NAME, file);
        for (Mode mode : List.of(Mode.READ, Mode.WRITE)) {
            try (Image image = new VhdxBackend().open(TestImageContext.of(folder, NAME, mode))) {
                assertEquals(row.size(), image.info().size());
                if (mode == Mode.READ || row.size() < LARGE) {
                    assertEquals(row.md5(), sum(image));
                }
                CheckReport report = image.check(Progress.NONE);
                assertEquals(0, report.errors(), report::toString);
            }
        }
        assertArrayEquals(file, folder.bare(NAME).bytes());
        try (Image image = new VhdxBackend().open(TestImageContext.of(folder, NAME, Mode.WRITE))) {
            image.resize(row.size() + (1 << 20));
            image.resize(row.size());
            image.flush();
        }
        try (Image image = new VhdxBackend().open(TestImageContext.of(folder, NAME, Mode.READ))) {
            if (row.size() < LARGE) {
                assertEquals(row.md5(), sum(image), "after the log was replayed in the file");
            }
            assertEquals(List.of(), image.info().notes());
        }
    }

    private static final long LARGE = 2L << 30; // bytes of a disk that is read once only

    private static String sum(Image image) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("MD5");
        byte[] zeroes = new byte[1 << 20];
        for (long at = 0; at < image.info().size(); ) {
            Run run = image.map(at, Math.min(1 << 20, image.info().size() - at));
            ByteBuffer bytes = ByteBuffer.wrap(zeroes, 0, (int) run.length());
            if (run instanceof Run.Data data) {
                bytes = ByteBuffer.allocate((int) run.length());
                data.storage().read(bytes, data.position());
                bytes.flip();
            }
            digest.update(bytes);
            at = run.end();
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
