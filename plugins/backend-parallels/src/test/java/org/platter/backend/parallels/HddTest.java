// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.testkit.MemoryFolder;
import org.platter.testkit.MemoryStorage;
import org.platter.testkit.OpenImage;
import org.platter.testkit.TestImageContext;
import org.platter.testkit.TestImageContext.Mode;

/** Folders with a descriptor. */
class HddTest {
    private static final String XML = "DiskDescriptor.xml";
    private static final String BASE = "{11111111-1111-1111-1111-111111111111}";
    private static final String NIL = "{00000000-0000-0000-0000-000000000000}";
    private static final int SECTORS = 4 << 7;

    private static MemoryFolder folder(String descriptor) throws IOException {
        MemoryFolder folder = MemoryFolder.of(XML, descriptor.getBytes(StandardCharsets.UTF_8));
        folder.put("a.hds", Parallels.used());
        folder.put("plain.hds", MemoryStorage.of(Arrays.copyOf(Parallels.filled(9), 4 << 16)));
        return folder;
    }

    private static String one(String file) {
        return Parallels.descriptor(SECTORS, Parallels.stretch(0, SECTORS, Parallels.TOP + " Compressed " + file), "");
    }

    @Test
    void oneExpandingFileReadsAsItself() throws IOException {
        MemoryFolder folder = folder(one("a.hds"));
        assertTrue(new ParallelsBackend().probe(folder.bare(XML)));
        for (Mode mode : new Mode[] {Mode.READ, Mode.WRITE}) {
            try (OpenImage image = Parallels.open(folder, XML, mode)) {
                assertArrayEquals(
                        Parallels.open(folder, "a.hds", Mode.READ).driver().readAll(),
                        image.driver().readAll());
                assertEquals(List.of("a.hds"), image.info().parts());
                assertThrows(DiskException.class, () -> image.driver().write(1 << 16, new byte[512]));
            }
        }
    }

    @Test
    void stretchesFollowEachOther() throws IOException {
        String storages = Parallels.stretch(0, SECTORS, Parallels.TOP + " Plain plain.hds")
                + Parallels.stretch(SECTORS, 2 * SECTORS, Parallels.TOP + " Compressed a.hds");
        MemoryFolder folder = folder(Parallels.descriptor(2 * SECTORS, storages, ""));
        try (OpenImage image = Parallels.open(folder, XML, Mode.READ)) {
            byte[] all = image.driver().readAll();
            assertArrayEquals(Parallels.filled(9), Arrays.copyOf(all, 1 << 16));
            assertArrayEquals(new byte[1 << 16], Arrays.copyOfRange(all, 1 << 16, 2 << 16));
            assertArrayEquals(Parallels.filled(1), Arrays.copyOfRange(all, 5 << 16, 6 << 16));
        }
    }

    @Test
    void snapshotsShowTheNewestThenTheBase() throws IOException {
        String storages = Parallels.stretch(
                0, SECTORS, BASE + " Plain plain.hds", Parallels.TOP.toUpperCase() + " Compressed a.hds");
        String shots = shot(BASE, NIL) + shot(Parallels.TOP, BASE);
        try (OpenImage image = Parallels.open(
                folder(Parallels.descriptor(SECTORS, storages, "<TopGUID>" + Parallels.TOP + "</TopGUID>" + shots)),
                XML,
                Mode.READ)) {
            byte[] all = image.driver().readAll();
            assertArrayEquals(Parallels.filled(9), Arrays.copyOf(all, 1 << 16));
            assertArrayEquals(Parallels.filled(1), Arrays.copyOfRange(all, 1 << 16, 2 << 16));
        }
    }

    @Test
    void filesAreRenamedAndAllElseIsKept() throws IOException {
        for (String name : List.of("b", "a longer name & <more>.hds")) {
            MemoryFolder folder = folder(one("a.hds"));
            folder.move("a.hds", name);
            TestImageContext context = TestImageContext.forWriting(folder, XML);
            new ParallelsBackend().rename(context, old -> old.equals("a.hds") ? name : old);
            try (OpenImage image = Parallels.open(folder, XML, Mode.READ)) {
                assertEquals(List.of(name), image.info().parts());
                assertArrayEquals(Parallels.filled(1), image.driver().read(1 << 16, 1 << 16));
            }
            String text = new String(folder.bare(XML).bytes(), StandardCharsets.UTF_8);
            String escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
            assertEquals(one("a.hds").replace("a.hds", escaped), text.strip());
        }
    }

    private static String shot(String id, String parent) {
        return "<Shot><GUID>" + id + "</GUID><ParentGUID>" + parent + "</ParentGUID></Shot>";
    }

    private static Stream<String> hostile() {
        String good = one("a.hds");
        return Stream.of(
                good.substring(0, good.length() - 5),
                good.replace("<Disk_size>", "<Disk_size>-"),
                good.replace("<Disk_size>512", "<Disk_size>9999999999999999"),
                good.replace("<Disk_size>512", "<Disk_size>511"),
                good.replace("<Start>0", "<Start>1"),
                good.replace("<End>512", "<End>0"),
                good.replace("Compressed", "Strange"),
                good.replace("<Engine>{00", "<Engine>{01"),
                one("../a.hds"),
                one("/etc/passwd"),
                one("missing.hds"),
                one(XML),
                good.replace("<File>a.hds</File>", ""),
                good.replace("<Snapshots>", "<Snapshots>" + shot(Parallels.TOP, Parallels.TOP)),
                good.replace("<Snapshots>", "<Snapshots><TopGUID>" + BASE + "</TopGUID>"),
                "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"
                        + one("&a;").substring(one("x").indexOf('\n')),
                "<Parallels_disk_image>" + "<a>".repeat(100_000),
                good + " ".repeat(2 << 20));
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void whatCannotBeIsRefused(String descriptor) throws IOException {
        MemoryFolder folder = folder(descriptor);
        DiskException e = assertThrows(DiskException.class, () -> Parallels.open(folder, XML, Mode.READ));
        assertTrue(e.getMessage().length() < 1000, e::getMessage);
    }

    @Test
    void infoNeedsNoFiles() throws IOException {
        try (OpenImage image = Parallels.open(folder(one("missing.hds")), XML, Mode.INFO)) {
            assertEquals(4 << 16, image.info().size());
            assertEquals(List.of("missing.hds"), image.info().parts());
        }
        DiskException e =
                assertThrows(DiskException.class, () -> Parallels.open(folder(one("missing.hds")), XML, Mode.READ));
        assertEquals(ErrorCode.NOT_FOUND, e.code());
    }
}
