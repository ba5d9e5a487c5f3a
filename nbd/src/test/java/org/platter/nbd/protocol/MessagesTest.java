// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

class MessagesTest {
    private static ByteBuffer bytes(String hex) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static String hex(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void greetingIsThatOfTheDocument() {
        assertEquals("4e42444d4147494349484156454f50540003", hex(Handshake.greeting()));
        assertTrue(Handshake.known(3));
        assertFalse(Handshake.known(4));
    }

    @Test
    void requestsAreDecodedInBothForms() {
        ByteBuffer compact = bytes("25609513 0001 0006 0102030405060708 0000000100000000 fffffe00");
        assertTrue(Request.recognised(compact, ReplyStyle.STRUCTURED));
        assertFalse(Request.recognised(compact, ReplyStyle.EXTENDED));
        assertEquals(
                new Request(1, 6, 0x0102030405060708L, 1L << 32, 0xfffffe00L),
                Request.peek(compact, ReplyStyle.SIMPLE));
        assertEquals(0, compact.position());
        ByteBuffer extended = bytes("21e41c71 0020 0001 0102030405060708 0000000000000200 0000000100000000");
        assertTrue(Request.recognised(extended, ReplyStyle.EXTENDED));
        Request write = Request.peek(extended, ReplyStyle.EXTENDED);
        assertEquals(new Request(32, 1, 0x0102030405060708L, 512, 1L << 32), write);
        assertEquals(1L << 32, write.payload(ReplyStyle.EXTENDED));
    }

    @Test
    void rangesThatWrapAreNotWithin() {
        assertTrue(new Request(0, 0, 0, 10, 90).within(100));
        assertFalse(new Request(0, 0, 0, 11, 90).within(100));
        assertFalse(new Request(0, 0, 0, -1, 2).within(100));
        assertFalse(new Request(0, 0, 0, 1, -1).within(100));
        assertFalse(new Request(0, 0, 0, Long.MAX_VALUE, Long.MAX_VALUE).within(Long.MAX_VALUE));
    }

    @Test
    void repliesAreThoseOfTheDocument() {
        Request read = new Request(0, Command.READ, 0x0102030405060708L, 4096, 512);
        ReplyStyle.Part part = new ReplyStyle.Part(4096, 512, true);
        ByteBuffer buffer = ByteBuffer.allocate(100);
        ReplyStyle.SIMPLE.putData(buffer, read, part);
        assertEquals(ReplyStyle.SIMPLE.dataHeaderBytes(), buffer.position());
        assertEquals("67446698000000000102030405060708", hex(buffer.flip()));
        ReplyStyle.STRUCTURED.putData(buffer.clear(), read, part);
        assertEquals(ReplyStyle.STRUCTURED.dataHeaderBytes(), buffer.position());
        assertEquals("668e33ef000100010102030405060708000002080000000000001000", hex(buffer.flip()));
        ReplyStyle.EXTENDED.putData(buffer.clear(), read, part);
        assertEquals(ReplyStyle.EXTENDED.dataHeaderBytes(), buffer.position());
        assertEquals(
                "6e8a278c00010001010203040506070800000000000010000000000000000208" + "0000000000001000",
                hex(buffer.flip()));
        ReplyStyle.STRUCTURED.putResult(buffer.clear(), read, Errno.EIO);
        assertEquals("668e33ef0001800101020304050607080000000600000005" + "0000", hex(buffer.flip()));
        ReplyStyle.STRUCTURED.putResult(buffer.clear(), read, Errno.NONE);
        assertEquals("668e33ef00010000010203040506070800000000", hex(buffer.flip()));
    }

    @Test
    void statusIsThatOfTheDocument() {
        Request status = new Request(0, Command.BLOCK_STATUS, 7, 0, 4096);
        ByteBuffer buffer = ByteBuffer.allocate(100);
        ReplyStyle.STRUCTURED.putStatus(buffer, status, 1, 1);
        ReplyStyle.STRUCTURED.putExtent(buffer, 4096, 3);
        assertEquals(ReplyStyle.STRUCTURED.statusBytes(1), buffer.position());
        assertEquals("668e33ef0001000500000000000000070000000c000000010000100000000003", hex(buffer.flip()));
        ReplyStyle.EXTENDED.putStatus(buffer.clear(), status, 1, 1);
        ReplyStyle.EXTENDED.putExtent(buffer, 4096, 3);
        assertEquals(ReplyStyle.EXTENDED.statusBytes(1), buffer.position());
        assertEquals(
                "6e8a278c0001000600000000000000070000000000000000" + "0000000000000018" + "0000000100000001"
                        + "00000000000010000000000000000003",
                hex(buffer.flip()));
    }

    @Test
    void queriesAreDecodedWhole() {
        assertEquals(
                Optional.of(new ExportQuery("ab", Set.of(3))), ExportQuery.decode(bytes("00000002 6162 0001 0003")));
        assertEquals(Optional.empty(), ExportQuery.decode(bytes("00000002 6162 0001 0003 00")));
        assertEquals(
                Optional.of(new MetaQuery("a", List.of("base:"))),
                MetaQuery.decode(bytes("00000001 61 00000001 00000005 626173653a")));
        assertEquals(Optional.empty(), MetaQuery.decode(bytes("00000001 61 00000002 00000005 626173653a")));
    }

    @Property
    void anyBytesAreAQueryOrNone(@ForAll byte[] bytes) {
        ExportQuery.decode(ByteBuffer.wrap(bytes));
        MetaQuery.decode(ByteBuffer.wrap(bytes));
    }

    @Property
    void anyHeaderIsAnOption(@ForAll int code, @ForAll int length) {
        ByteBuffer header = ByteBuffer.allocate(Option.BYTES)
                .putLong(Handshake.OPTION_MAGIC)
                .putInt(code)
                .putInt(length)
                .flip();
        assertTrue(Option.recognised(header));
        assertEquals(new Option(code, Integer.toUnsignedLong(length)), Option.decode(header));
    }

    @Test
    void answersToOptionsCarryTheirData() {
        ByteBuffer reply = OptionReply.server(3, "a", "b");
        assertEquals("0003e889045565a9" + "00000003" + "00000002" + "00000006" + "00000001" + "6162", hex(reply));
        assertArrayEquals(new byte[0], new byte[OptionReply.ack(7).remaining() - 20]);
    }

    @Test
    void failuresHaveTheNumbersThatClientsKnow() {
        assertEquals(
                28, Errno.of(new DiskException(ErrorCode.DISK_FULL, "full")).number());
        assertEquals(1, Errno.of(new DiskException(ErrorCode.READ_ONLY, "no")).number());
        assertEquals(
                5, Errno.of(new DiskException(ErrorCode.BACKEND_GONE, "gone")).number());
        assertEquals(
                108, Errno.of(new DiskException(ErrorCode.NOT_OPENED, "shut")).number());
        assertEquals(22, Errno.of(new IllegalArgumentException()).number());
        assertEquals(5, Errno.of(new IllegalStateException()).number());
    }
}
