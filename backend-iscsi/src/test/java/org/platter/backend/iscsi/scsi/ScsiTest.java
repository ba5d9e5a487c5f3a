// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.scsi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands, addresses and answers as bytes. */
class ScsiTest {
    private static String hex(Cdb cdb) {
        return String.format("%016x%016x", cdb.high(), cdb.low());
    }

    @Test
    void composesCommands() {
        assertEquals("28000000000000000100000000000000", hex(Cdb.read(0, 1)));
        assertEquals("2a001234567800123400000000000000", hex(Cdb.write(0x12345678L, 0x1234)));
        assertEquals("88000000000100000000000000080000", hex(Cdb.read(1L << 32, 8)));
        assertEquals("8a000000000000000000000100000000", hex(Cdb.write(0, 0x10000)));
        assertEquals("8800 00000000ffffffff 00000002 0000".replace(" ", ""), hex(Cdb.read(0xFFFFFFFFL, 2)));
        assertEquals("9e100000000000000000000000200000", hex(Cdb.readCapacity16(32)));
        assertEquals("9e120102030405060708000010000000", hex(Cdb.getLbaStatus(0x0102030405060708L, 0x1000)));
        assertEquals("a0000000000000002008000000000000", hex(Cdb.reportLuns(0x2008)));
        assertEquals("42000000000000001800000000000000", hex(Cdb.unmap(24)));
        assertEquals("93080000000000000010000000080000", hex(Cdb.writeSameUnmapping(16, 8, true)));
        assertEquals(
                "120183 00ff 00".replace(" ", ""),
                hex(Cdb.vitalProductData(0x83, 255)).substring(0, 12));
        assertEquals(
                "5a083f00000000 00fc 00".replace(" ", ""),
                hex(Cdb.modeSense10(0x3F, 252)).substring(0, 20));
    }

    @ParameterizedTest
    @CsvSource({"0,1", "77,65535", "4294967295,1", "4294967295,9", "1099511627776,65536"})
    void readsBlockAndCountBack(long block, long blocks) {
        assertEquals(block, Cdb.read(block, blocks).block());
        assertEquals(blocks, Cdb.write(block, blocks).blocks());
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "5,1407374883553280",
        "0x10,4503599627370496",
        "300,4696128511440584704",
        "enc0x412c000000000000,4696128511440584704",
        "16383,9223090561878065152"
    })
    void readsUnitNumbers(String text, long address) {
        assertEquals(address, LunAddress.parse(text).orElseThrow());
        assertTrue(LunAddress.same(
                address, LunAddress.parse(LunAddress.text(address)).orElseThrow()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "16384", "x", "enc", "encx", "1.0", "99999999999999999999", "-0"})
    void refusesOtherUnitNumbers(String text) {
        assertTrue(LunAddress.parse(text).isEmpty());
    }

    @Test
    void survivesAnySenseAndAnyMap() {
        Random random = new Random(3);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(80)];
            random.nextBytes(bytes);
            if (bytes.length > 0 && i % 2 == 0) {
                bytes[0] = (byte) (0x70 + i % 4);
            }
            Sense.decode(ByteBuffer.wrap(bytes)).text();
            Sense.ofResponse(ByteBuffer.wrap(bytes)).text();
            LbaStatus status = LbaStatus.decode(new Reply(0, Sense.NONE, ByteBuffer.wrap(bytes)), 5, 100);
            assertTrue(status.nextMapped(5) >= 5 && status.nextUnmapped(5) >= 5 && status.end() <= 100);
        }
    }

    @Test
    void tellsMappedFromUnmappedBlocks() {
        ByteBuffer answer = ByteBuffer.allocate(8 + 3 * 16).putInt(4 + 3 * 16).putInt(0);
        answer.putLong(10).putInt(5).putInt(0);
        answer.putLong(15).putInt(5).putInt(0x01000000);
        answer.putLong(25).putInt(5).putInt(0x02000000).flip();
        LbaStatus status = LbaStatus.decode(new Reply(0, Sense.NONE, answer), 10, 1000);
        assertEquals(10, status.nextMapped(10));
        assertEquals(15, status.nextUnmapped(10));
        assertEquals(20, status.nextMapped(15), "a gap counts as mapped");
        assertEquals(25, status.nextUnmapped(20));
        assertEquals(30, status.nextMapped(25));
        assertEquals(30, status.end());
    }
}
