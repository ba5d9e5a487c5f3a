// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Geometry;
import org.platter.format.ParentLink;

class VdiHeaderTest {
    /** The first 512 bytes of {@code qemu-img create -f vdi x.vdi 10M}: those that are not zero, by position. */
    private static final List<String> QEMU = List.of(
            "000 3c3c3c2051454d5520564d205669727475616c204469736b20496d616765203e3e3e0a",
            "040 7f10dabe010001008001000001000000",
            "154 0002000000040000",
            "168 00020000",
            "170 0000a000000000000000100000000000",
            "180 0a00000000000000fce1d4eb8b790446b01d0549d6dce1f8b65e5dac6308084aac043f0638e33a96");

    private static ByteBuffer bytes(List<String> lines) {
        ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        for (String line : lines) {
            bytes.put(
                    Integer.parseInt(line.substring(0, 3), 16),
                    java.util.HexFormat.of().parseHex(line.substring(4)));
        }
        return bytes;
    }

    @Test
    void readsTheHeaderThatQemuWrites() throws DiskException {
        VdiHeader header = VdiHeader.decode(bytes(QEMU)).validated();
        assertEquals("1.1", header.pre().versionName());
        assertEquals(0x180, header.headerBytes());
        assertEquals(VdiHeader.NORMAL, header.type());
        assertEquals(0x200, header.mapPosition());
        assertEquals(0x400, header.dataPosition());
        assertEquals(new VdiSizes(10 << 20, 1 << 20, 0, 10, 0), header.sizes());
        assertEquals(
                UUID.fromString("ebd4e1fc-798b-4604-b01d-0549d6dce1f8"),
                header.ids().image());
        assertEquals(
                UUID.fromString("ac5d5eb6-0863-4a08-ac04-3f0638e33a96"),
                header.ids().modification());
        assertFalse(header.differencing());
        assertEquals(Optional.empty(), header.logical().geometry());
        assertEquals("", header.commentText());
    }

    @Test
    void writesBackTheHeaderThatQemuWrites() {
        assertEquals(bytes(QEMU).limit(0x1C8), VdiHeader.decode(bytes(QEMU)).encode());
    }

    @Test
    void findsEveryFieldOfVersion11WhereItIs() {
        ByteBuffer bytes = bytes(List.of("040 7f10dabe01000100", "054 636f6d6d656e74"));
        int[] places = {
            0x48, 0x4C, 0x50, 0x154, 0x158, 0x15C, 0x160, 0x164, 0x168, 0x16C, 0x178, 0x17C, 0x180, 0x184, 0x1C8, 0x1CC,
            0x1D0, 0x1D4
        };
        for (int place : places) {
            bytes.putInt(place, 0xF000_0000 + place);
        }
        bytes.putLong(0x170, 0x0102_0304_0506_0708L);
        VdiHeader header = VdiHeader.decode(bytes);
        assertEquals(0xF000_0048L, header.headerBytes());
        assertEquals(0xF000_004C, header.type());
        assertEquals(0xF000_0050, header.flags());
        assertEquals("comment", header.commentText());
        assertEquals(0xF000_0154L, header.mapPosition());
        assertEquals(0xF000_0158L, header.dataPosition());
        assertEquals(new VdiGeometry(0xF000_015C, 0xF000_0160, 0xF000_0164, 0xF000_0168), header.legacy());
        assertEquals(0xF000_016C, header.unused());
        assertEquals(
                new VdiSizes(0x0102_0304_0506_0708L, 0xF000_0178L, 0xF000_017CL, 0xF000_0180L, 0xF000_0184L),
                header.sizes());
        assertEquals(new VdiGeometry(0xF000_01C8, 0xF000_01CC, 0xF000_01D0, 0xF000_01D4), header.logical());
        assertEquals(bytes.limit(0x1D8), header.encode());
    }

    @Test
    void findsEveryFieldOfVersion02WhereItIs() {
        ByteBuffer bytes = bytes(List.of("040 7f10dabe02000000", "050 6f6c64"));
        int[] places = {0x48, 0x4C, 0x150, 0x154, 0x158, 0x15C, 0x168, 0x16C, 0x170};
        for (int place : places) {
            bytes.putInt(place, 0xE000_0000 + place);
        }
        bytes.putLong(0x160, 0x0102_0304_0506_0708L);
        bytes.putLong(0x174, 1).putLong(0x184, 2).putLong(0x194, 3);
        VdiHeader header = VdiHeader.decode(bytes);
        assertEquals("0.2", header.pre().versionName());
        assertEquals(0xE000_0048, header.type());
        assertEquals(0xE000_004C, header.flags());
        assertEquals("old", header.commentText());
        assertEquals(new VdiGeometry(0xE000_0150, 0xE000_0154, 0xE000_0158, 0xE000_015C), header.legacy());
        assertEquals(new VdiSizes(0x0102_0304_0506_0708L, 0xE000_0168L, 0, 0xE000_016CL, 0xE000_0170L), header.sizes());
        assertEquals(0x1A4, header.mapPosition());
        assertEquals(0x1A4 + 4 * 0xE000_016CL, header.dataPosition());
        assertEquals(new UUID(1L << 32, 0), header.ids().image());
        assertEquals(new UUID(2L << 32, 0), header.ids().modification());
        assertEquals(new UUID(3L << 32, 0), header.ids().parent());
        assertEquals(ParentLink.NIL, header.ids().parentModification());
        assertEquals(bytes.limit(0x1A4), header.encode());
    }

    @Test
    void turnsTheFirstThreeFieldsOfAUuidRound() {
        ByteBuffer bytes = bytes(List.of("040 7f10dabe01000100", "188 39FAE77277AC7049A5812E73624FDD29"));
        VdiHeader header = VdiHeader.decode(bytes);
        assertEquals(
                UUID.fromString("72e7fa39-ac77-4970-a581-2e73624fdd29"),
                header.ids().image());
        assertEquals(bytes.slice(0x188, 16), header.encode().slice(0x188, 16));
    }

    @Test
    void writesBackWhateverItReads() {
        for (int seed = 0; seed < 2000; seed++) {
            byte[] bytes = new byte[VdiHeader.BYTES];
            Random random = new Random(seed);
            random.nextBytes(bytes);
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            buffer.putInt(0x44, seed % 2 == 0 ? VdiPreHeader.V0_2 : VdiPreHeader.V1_1);
            VdiHeader header = VdiHeader.decode(buffer);
            ByteBuffer again = header.encode();
            assertEquals(ByteBuffer.wrap(bytes, 0, again.limit()), again, "seed " + seed);
            header.slips();
            header.commentText();
            header.logical().geometry();
        }
    }

    @Test
    void takesAnyNumberOfBytes() {
        for (int length = 0; length <= 600; length++) {
            VdiHeader.decode(ByteBuffer.wrap(new byte[length]));
        }
    }

    @Test
    void keepsTextThatIsNoText() {
        ByteBuffer bytes = bytes(QEMU);
        bytes.put(0x54, new byte[] {(byte) 0xFF, 0, (byte) 0x80, 'x'});
        assertEquals("\uFFFD", VdiHeader.decode(bytes).commentText());
        assertEquals(bytes.limit(0x1C8), VdiHeader.decode(bytes).encode());
    }

    private static ByteBuffer sound() throws DiskException {
        ByteBuffer bytes = bytes(QEMU);
        bytes.putInt(0x48, 0x190).putInt(0x1D4, 512);
        VdiHeader.decode(bytes).validated();
        return bytes;
    }

    @ParameterizedTest
    @CsvSource({
        "040, 00000000, signature",
        "048, 0000017F, header size",
        "048, FFFFFFFF, header size",
        "048, 000001B9, header size",
        "154, 000001C7, map position",
        "154, FFFFFFFF, data position",
        "158, 00000227, data position",
        "158, 00000000, data position",
        "04C, 00000000, image type",
        "04C, 00000005, image type",
        "04C, FFFFFFFF, image type",
        "050, 00000002, image flags",
        "050, 80000000, image flags",
        "1D4, 00000200, ",
        "1D4, 00000000, sector size",
        "1D4, 00001000, sector size",
        "170, 00A00001, block count",
        "174, 80000000, disk size",
        "174, 7FFFFFFF, block count",
        "178, 00000000, block size",
        "178, 00000001, block size",
        "178, 00080001, block size",
        "178, 00180000, block size",
        "178, 20000000, block size",
        "178, 80000000, block size",
        "178, 00080000, block count",
        "17C, 00000003, extra",
        "17C, 80000000, extra",
        "180, 00000000, block count",
        "180, 00000009, block count",
        "180, FFFFFFFF, data position",
        "184, 0000000B, allocated",
        "184, FFFFFFFF, allocated",
    })
    void refusesWhatBreaksARule(String place, String value, String words) throws DiskException {
        ByteBuffer bytes = sound();
        bytes.putInt(Integer.parseInt(place, 16), Integer.parseUnsignedInt(value, 16));
        VdiHeader header = VdiHeader.decode(bytes);
        if (words == null) {
            header.validated();
            return;
        }
        DiskException refusal = assertThrows(DiskException.class, header::validated);
        assertEquals(ErrorCode.BAD_HEADER, refusal.code());
        assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0x188, 0x198})
    void refusesNilIdentities(int place) throws DiskException {
        VdiHeader header = VdiHeader.decode(sound().put(place, new byte[16]));
        assertEquals(
                ErrorCode.BAD_HEADER,
                assertThrows(DiskException.class, header::validated).code());
        header.mended().validated();
    }

    @Test
    void refusesADiskOfNothing() throws DiskException {
        VdiHeader header = VdiHeader.decode(sound().putLong(0x170, 0));
        assertEquals(
                ErrorCode.BAD_HEADER,
                assertThrows(DiskException.class, header::validated).code());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 0x00020000, 0x00020001, 0xFFFF0001})
    void saysWhichVersionItDoesNotKnow(int version) throws DiskException {
        VdiHeader header = VdiHeader.decode(sound().putInt(0x44, version));
        assertEquals(
                ErrorCode.NOT_SUPPORTED,
                assertThrows(DiskException.class, header::validated).code());
    }

    @Test
    void mendsEverySlip() throws DiskException {
        ByteBuffer bytes =
                sound().putInt(0x4C, 9).putInt(0x50, 0xF1).putInt(0x184, 99).putInt(0x1D4, 7);
        VdiHeader header = VdiHeader.decode(bytes);
        assertEquals(4, header.slips().size());
        assertEquals(List.of(), header.mended().validated().slips());
        assertEquals(VdiHeader.ZERO_EXPAND, header.mended().flags());
    }

    @Test
    void storesCommentsOfUpTo255Bytes() throws DiskException {
        VdiHeader header = VdiHeader.decode(sound());
        String most = "ä".repeat(127) + "x";
        assertEquals(most, header.withComment(most).commentText());
        assertEquals("", header.withComment(most).withComment("").commentText());
        for (String wrong : List.of("ä".repeat(128), "x".repeat(256), "a\0b")) {
            DiskException refusal = assertThrows(DiskException.class, () -> header.withComment(wrong));
            assertEquals(ErrorCode.BAD_VALUE, refusal.code());
        }
    }

    @Test
    void becomesABaseWithoutParent() throws DiskException {
        VdiHeader header = VdiHeader.decode(sound());
        ParentLink link = new ParentLink(new UUID(1, 2), new UUID(3, 4), "", List.of());
        VdiHeader child = header.withLink(link);
        assertEquals(VdiHeader.DIFF, child.type());
        assertEquals(link, child.ids().link());
        assertEquals(header, child.withLink(ParentLink.NONE));
    }

    @Test
    void fixedImageGetsNoParent() throws DiskException {
        VdiHeader fixed = VdiHeader.decode(sound().putInt(0x4C, 2));
        ParentLink link = new ParentLink(new UUID(1, 2), new UUID(3, 4), "", List.of());
        assertEquals(
                ErrorCode.NOT_SUPPORTED,
                assertThrows(DiskException.class, () -> fixed.withLink(link)).code());
        assertEquals(fixed, fixed.withLink(ParentLink.NONE));
    }

    @Test
    void geometryGetsAPlaceOnlyWhereNothingElseIs() throws DiskException {
        VdiHeader shortOne = VdiHeader.decode(bytes(QEMU));
        VdiGeometry geometry = VdiGeometry.of(Optional.of(new Geometry(100, 16, 63)));
        assertTrue(shortOne.canStoreLogical());
        assertEquals(0x190, shortOne.withLogical(geometry).headerBytes());
        assertEquals(
                Optional.of(new Geometry(100, 16, 63)),
                VdiHeader.decode(shortOne.withLogical(geometry).encode())
                        .logical()
                        .geometry());
        assertFalse(VdiHeader.decode(bytes(QEMU).putInt(0x154, 0x1C8)).canStoreLogical());
        assertFalse(VdiHeader.decode(bytes(QEMU).putInt(0x48, 0x184)).canStoreLogical());
        assertFalse(
                VdiHeader.decode(bytes(QEMU).putInt(0x44, VdiPreHeader.V0_2)).canStoreLogical());
    }

    @Test
    void signatureNeedsTheWholePreHeader() {
        ByteBuffer bytes = bytes(QEMU);
        assertTrue(VdiPreHeader.signs(bytes));
        assertTrue(VdiPreHeader.signs(bytes.duplicate().limit(72)));
        assertFalse(VdiPreHeader.signs(bytes.duplicate().limit(71)));
        assertFalse(VdiPreHeader.signs(ByteBuffer.wrap("<<< any text".getBytes(StandardCharsets.UTF_8))));
    }
}
