// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.platter.format.CheckReport;
import org.platter.format.Image;
import org.platter.format.ParentLink;
import org.platter.format.Progress;
import org.platter.testkit.ImageDriver;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Images that other programs made read as others say. */
class VdiCorpusTest {
    /** A line of the manifest: image and parents, base first; size; checksum of the disk. */
    private record Row(List<String> images, long size, String md5) {
        static Row of(String line) {
            String[] columns = line.split("\t");
            return new Row(List.of(columns[0].split(",")), Long.parseLong(columns[1]), columns[2]);
        }

        String last() {
            return images.get(images.size() - 1);
        }
    }

    private static List<Row> rows(Path corpus) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (String line : Files.readAllLines(corpus.resolve("MANIFEST.tsv"))) {
            if (!line.startsWith("#") && line.contains("\tVDI ")) {
                rows.add(Row.of(line));
            }
        }
        assertTrue(rows.size() >= 12, () -> "only " + rows.size() + " rows");
        return rows;
    }

    private static String md5(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    }

    private static ImageDriver open(byte[] file, Mode mode, byte[] parent) throws IOException {
        MemoryFolder folder = MemoryFolder.of(VdiBytes.NAME, file);
        return new ImageDriver(new VdiBackend().open(TestImageContext.of(folder, VdiBytes.NAME, mode)), parent);
    }

    /** Reads a chain and checks that each child names its parent. */
    private static byte[] read(Path corpus, List<String> images) throws IOException, InterruptedException {
        byte[] disk = new byte[0];
        Image parent = null;
        for (String name : images) {
            ImageDriver image = open(Tools.unpacked(corpus.resolve(name)), Mode.READ, disk);
            if (parent != null) {
                ParentLink link = image.image().info().parent().orElseThrow();
                assertEquals(parent.info().uuid(), link.uuid());
                assertEquals(parent.info().modificationUuid(), link.modificationUuid());
            }
            disk = image.readAll();
            parent = image.image();
        }
        return disk;
    }

    @TestFactory
    List<DynamicTest> readsAsOthersDo() throws IOException {
        Path corpus = Tools.corpus();
        return rows(corpus).stream()
                .map(row -> DynamicTest.dynamicTest(row.images().toString(), () -> {
                    byte[] disk = read(corpus, row.images());
                    assertEquals(row.size(), disk.length);
                    assertEquals(row.md5(), md5(disk));
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> hasNoFaults() throws IOException {
        Path corpus = Tools.corpus();
        return rows(corpus).stream()
                .map(row -> DynamicTest.dynamicTest(row.last(), () -> {
                    CheckReport report = open(Tools.unpacked(corpus.resolve(row.last())), Mode.READ, new byte[0])
                            .image()
                            .check(Progress.NONE);
                    assertEquals(0, report.errors() + report.leaks(), report::toString);
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> isWrittenInPlace() throws IOException {
        Path corpus = Tools.corpus();
        return rows(corpus).stream()
                .map(row -> DynamicTest.dynamicTest(row.last(), () -> {
                    byte[] file = Tools.unpacked(corpus.resolve(row.last()));
                    byte[] disk = open(file, Mode.READ, new byte[0]).readAll();
                    MemoryFolder folder = MemoryFolder.of(VdiBytes.NAME, file);
                    ImageDriver image =
                            new ImageDriver(new VdiBackend().open(TestImageContext.forWriting(folder, VdiBytes.NAME)));
                    for (int at : new int[] {0, disk.length / 3 / 512 * 512, disk.length - 512}) {
                        Arrays.fill(disk, at, at + 512, (byte) 0x5A);
                        image.write(at, Arrays.copyOfRange(disk, at, at + 512));
                    }
                    image.flush();
                    byte[] changed = folder.bare(VdiBytes.NAME).bytes();
                    assertArrayEquals(
                            disk, open(changed, Mode.WRITE, new byte[0]).readAll());
                    assertEquals(
                            0,
                            open(changed, Mode.READ, new byte[0])
                                    .image()
                                    .check(Progress.NONE)
                                    .errors());
                }))
                .toList();
    }
}
