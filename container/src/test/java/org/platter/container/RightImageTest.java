// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.platter.backend.raw.RawBackend;
import org.platter.backend.vdi.VdiBackend;
import org.platter.backend.vhd.VhdBackend;
import org.platter.backend.vmdk.VmdkBackend;
import org.platter.container.storage.FileStorageProvider;
import org.platter.disk.CreateRequest;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageFlag;

/** The right parent and the right format, or a clear no. */
class RightImageTest {
    private static final int SIZE = 4 << 20;

    @TempDir
    Path folder;

    private int others; // names given to files that were copied or renamed

    private final TestPlatform platform = new TestPlatform()
            .with(new RawBackend())
            .with(new VdiBackend())
            .with(new VmdkBackend())
            .with(new VhdBackend())
            .with("file", new FileStorageProvider());

    @AfterEach
    void close() {
        platform.close();
    }

    private URI at(String name) {
        return folder.resolve(name).toUri();
    }

    /** A base and images on top of it, each filled with its number at its own place; gives what the top reads as. */
    private byte[] family(String... names) throws IOException {
        try (VirtualDisk disk = platform.manager().newDisk()) {
            for (int i = 0; i < names.length; i++) {
                Files.createDirectories(folder.resolve(names[i]).getParent());
                CreateRequest request = CreateRequest.of(at(names[i]));
                disk.create(i == 0 ? request.withSize(SIZE) : request.with(ImageFlag.DIFF));
                disk.write(ByteBuffer.wrap(RawDiskTest.random(names[i].hashCode(), 65536)), i * 65536L);
            }
            return RawDiskTest.read(disk, 0, SIZE);
        }
    }

    private byte[] opened(String name, OpenFlag... flags) throws IOException {
        try (VirtualDisk disk = platform.manager().newDisk()) {
            disk.openChain(OpenRequest.of(at(name)).with(flags));
            return RawDiskTest.read(disk, 0, SIZE);
        }
    }

    private ErrorCode refused(String name, OpenFlag... flags) {
        return assertThrows(DiskException.class, () -> opened(name, flags)).code();
    }

    private void touch(String name) throws IOException {
        try (VirtualDisk disk = platform.manager().newDisk()) {
            disk.open(OpenRequest.of(at(name)).with(OpenFlag.INFO));
            disk.last().update(ImageAttributes.NONE.withModificationUuid(UUID.randomUUID()));
            disk.flush();
        }
    }

    @Test
    void aCopyOfTheParentThatWasChangedIsNotTaken() throws IOException {
        byte[] view = family("zbase.vdi", "snap.vdi");
        Files.copy(folder.resolve("zbase.vdi"), folder.resolve("a copy.vdi"));
        touch("a copy.vdi");
        assertArrayEquals(view, opened("snap.vdi"));
    }

    @Test
    void twoThatCouldBeTheParentAreRefusedByName() throws IOException {
        family("base.vdi", "snap.vdi");
        Files.copy(folder.resolve("base.vdi"), folder.resolve("copy.vdi"));
        DiskException e = assertThrows(DiskException.class, () -> opened("snap.vdi"));
        assertTrue(e.getMessage().contains("base.vdi") && e.getMessage().contains("copy.vdi"), e.getMessage());
    }

    @Test
    void snapshotsOfVirtualBoxFindTheirBase() throws IOException {
        byte[] view = family("VM/base.vdi", "VM/Snapshots/one.vdi", "VM/Snapshots/two.vdi");
        assertArrayEquals(view, opened("VM/Snapshots/two.vdi"));
        byte[] other = family("W/Snapshots/base.vdi", "W/top.vdi");
        assertArrayEquals(other, opened("W/top.vdi"));
    }

    @Test
    void aChangedParentIsReadWithANoteAndNotWritten() throws IOException {
        byte[] view = family("base.vdi", "snap.vdi");
        touch("base.vdi");
        assertEquals(ErrorCode.UUID_MISMATCH, refused("snap.vdi"));
        try (VirtualDisk disk = platform.manager().newDisk()) {
            disk.openChain(OpenRequest.of(at("snap.vdi")).with(OpenFlag.READ_ONLY));
            assertArrayEquals(view, RawDiskTest.read(disk, 0, SIZE));
            assertTrue(disk.last().notes().get(0).contains("--accept-parent"));
        }
    }

    @Test
    void aContentIdThatManyHaveProvesNothing() throws IOException {
        family("base.vmdk", "snap.vmdk");
        rewrite("base.vmdk", "(?m)^CID=.*$", "CID=fffffffe");
        rewrite("snap.vmdk", "(?m)^parentCID=.*$", "parentCID=fffffffe");
        rewrite("snap.vmdk", "(?m)^ddb.uuid.parent.*$", "");
        rewrite("snap.vmdk", "parentFileNameHint=\"base.vmdk\"", "parentFileNameHint=\"gone.vmdk\"");
        assertEquals(ErrorCode.NOT_FOUND, refused("snap.vmdk", OpenFlag.READ_ONLY));
    }

    @Test
    void aHintThatLeadsToAnotherContentIsRefused() throws IOException {
        family("base.vmdk", "snap.vmdk");
        rewrite("snap.vmdk", "(?m)^ddb.uuid.parent.*$", "");
        rewrite("base.vmdk", "(?m)^CID=.*$", "CID=0badcafe");
        assertEquals(ErrorCode.UUID_MISMATCH, refused("snap.vmdk", OpenFlag.READ_ONLY));
    }

    /** Changes text inside a file without changing its length. */
    private void rewrite(String name, String pattern, String replacement) throws IOException {
        String text = Files.readString(folder.resolve(name), StandardCharsets.ISO_8859_1);
        String changed = Pattern.compile(pattern).matcher(text).replaceAll(match -> {
            String padded = replacement;
            while (padded.length() < match.group().length()) {
                padded += replacement.isEmpty() ? "#" : " ";
            }
            return padded;
        });
        Files.writeString(folder.resolve(name), changed, StandardCharsets.ISO_8859_1);
    }

    @Test
    void aSignatureIsNotWrittenUnderARawName() throws IOException {
        family("honest.vmdk");
        Files.copy(folder.resolve("honest.vmdk"), folder.resolve("disk.img"));
        assertEquals(ErrorCode.NOT_SUPPORTED, refused("disk.img"));
        try (VirtualDisk disk = platform.manager().newDisk()) {
            disk.openChain(OpenRequest.of(at("disk.img")).with(OpenFlag.READ_ONLY));
            assertEquals("VMDK", disk.last().format().name());
            assertFalse(disk.last().notes().isEmpty());
        }
    }

    @Test
    void aGuestCannotReachAnotherFileByAHeader() throws IOException {
        Files.write(folder.resolve("victim.img"), new byte[SIZE]);
        String header = """
                # Disk DescriptorFile
                version=1
                CID=11223344
                parentCID=ffffffff
                createType="monolithicFlat"
                RW 2048 FLAT "victim.img" 0
                """;
        byte[] disk = new byte[SIZE / 4];
        System.arraycopy(header.getBytes(StandardCharsets.US_ASCII), 0, disk, 0, header.length());
        Files.write(folder.resolve("guest.img"), disk);
        assertEquals(ErrorCode.DENIED, refused("guest.img", OpenFlag.READ_ONLY));
        assertEquals(ErrorCode.DENIED, refused("guest.img"));
    }

    @Test
    void aRawDiskThatNobodyNamedDoesNotBecomeAnother() throws IOException {
        Files.write(folder.resolve("guest.img"), new byte[SIZE]);
        for (String text : List.of("KDMV", "QFI\u00fb", "conectix", "vhdxfile", "# Disk DescriptorFile")) {
            byte[] sector = new byte[512];
            byte[] signature = text.getBytes(StandardCharsets.ISO_8859_1);
            System.arraycopy(signature, 0, sector, 0, signature.length);
            try (VirtualDisk disk = platform.manager().newDisk()) {
                disk.openChain(OpenRequest.of(at("guest.img")));
                DiskException e = assertThrows(DiskException.class, () -> disk.write(ByteBuffer.wrap(sector), 0));
                assertEquals(ErrorCode.DENIED, e.code());
                disk.write(ByteBuffer.wrap(sector), 4096);
            }
        }
        try (VirtualDisk disk = platform.manager().newDisk()) {
            disk.openChain(OpenRequest.of(at("guest.img")).withFormat("RAW"));
            disk.write(ByteBuffer.wrap("KDMV".repeat(128).getBytes(StandardCharsets.US_ASCII)), 0);
        }
    }

    @Test
    void aRawParentIsNamedOrStored() throws IOException {
        byte[] view = family("base.img", "snap.vmdk");
        assertArrayEquals(view, opened("snap.vmdk"));
        rewrite("snap.vmdk", "(?m)^ddb.platter.parentFormat.*$", "");
        assertEquals(ErrorCode.NOT_SUPPORTED, refused("snap.vmdk"));
        try (VirtualDisk disk = platform.manager().newDisk()) {
            disk.openChain(OpenRequest.of(at("snap.vmdk")).withParents(List.of(at("base.img"))));
            assertArrayEquals(view, RawDiskTest.read(disk, 0, SIZE));
        }
    }

    /** Families of images, copied, moved, renamed and changed: the chain that opens is the true one, or none does. */
    @Test
    void whatOpensIsTheTrueChain() throws IOException {
        long seed = Long.getLong("platter.families.seed", new Random().nextLong());
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            String prefix = "r" + round + "/";
            Map<String, byte[]> views = new TreeMap<>();
            List<String> extensions = List.of("vdi", "vmdk", "vhd");
            for (int family = 0; family < 3; family++) {
                List<String> names = new ArrayList<>();
                for (int i = 0; i <= random.nextInt(3); i++) {
                    names.add(prefix + (char) ('a' + random.nextInt(26)) + family + i + "."
                            + extensions.get(random.nextInt(3)));
                }
                views.put(names.get(names.size() - 1), family(names.toArray(String[]::new)));
            }
            for (int change = 0; change < 4; change++) {
                disturb(prefix, random, views);
            }
            for (Map.Entry<String, byte[]> top : views.entrySet()) {
                if (Files.exists(folder.resolve(top.getKey()))) {
                    try {
                        assertArrayEquals(top.getValue(), opened(top.getKey(), OpenFlag.READ_ONLY), "seed " + seed);
                    } catch (DiskException e) {
                        // refused: that is the other right answer
                    }
                }
            }
        }
    }

    /** Copies, renames or removes some file, or changes the modification UUID of one, never a top. */
    private void disturb(String prefix, Random random, Map<String, byte[]> tops) throws IOException {
        List<String> files = new ArrayList<>();
        try (var list = Files.list(folder.resolve(prefix))) {
            list.map(path -> prefix + path.getFileName()).sorted().forEach(files::add);
        }
        String name = files.get(random.nextInt(files.size()));
        if (tops.containsKey(name)) {
            return;
        }
        Path file = folder.resolve(name);
        String extension = name.substring(name.lastIndexOf('.'));
        Path other = folder.resolve(prefix + "x" + others++ + extension);
        switch (random.nextInt(4)) {
            case 0 -> Files.copy(file, other);
            case 1 -> Files.move(file, other);
            case 2 -> touch(name);
            default -> Files.delete(file);
        }
    }
}
