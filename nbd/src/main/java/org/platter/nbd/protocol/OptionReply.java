// SPDX-License-Identifier: Apache-2.0
package org.platter.nbd.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Answers to options. Source: docs/formats/nbd.md, section 2. */
public final class OptionReply {
    public static final int ACK = 1;
    public static final int SERVER = 2;
    public static final int INFO = 3;
    public static final int META_CONTEXT = 4;

    private static final int ERROR = 1 << 31;
    public static final int UNSUPPORTED = ERROR | 1;
    public static final int POLICY = ERROR | 2;
    public static final int INVALID = ERROR | 3;
    public static final int TLS_REQUIRED = ERROR | 5;
    public static final int UNKNOWN = ERROR | 6;
    public static final int SHUTDOWN = ERROR | 7;
    public static final int TOO_BIG = ERROR | 9;

    private static final long MAGIC = 0x0003e889045565a9L;

    private OptionReply() {}

    /** An answer with data. */
    public static ByteBuffer of(int option, int type, byte[] data) {
        return ByteBuffer.allocate(20 + data.length)
                .putLong(MAGIC)
                .putInt(option)
                .putInt(type)
                .putInt(data.length)
                .put(data)
                .flip();
    }

    /** The answer that ends an option well. */
    public static ByteBuffer ack(int option) {
        return of(option, ACK, new byte[0]);
    }

    /** The answer that ends an option badly, with a sentence for people. */
    public static ByteBuffer error(int option, int type, String sentence) {
        return of(option, type, sentence.getBytes(StandardCharsets.UTF_8));
    }

    /** One entry of the list of exports. */
    public static ByteBuffer server(int option, String name, String description) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] descriptionBytes = description.getBytes(StandardCharsets.UTF_8);
        byte[] data = ByteBuffer.allocate(4 + nameBytes.length + descriptionBytes.length)
                .putInt(nameBytes.length)
                .put(nameBytes)
                .put(descriptionBytes)
                .array();
        return of(option, SERVER, data);
    }

    /** One metadata context. */
    public static ByteBuffer context(int option, int id, String name) {
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        byte[] data = ByteBuffer.allocate(4 + nameBytes.length)
                .putInt(id)
                .put(nameBytes)
                .array();
        return of(option, META_CONTEXT, data);
    }

    /** Size and transmission flags. */
    public static ByteBuffer infoExport(int option, long size, int flags) {
        return info(
                option,
                ExportQuery.EXPORT,
                ByteBuffer.allocate(10).putLong(size).putShort((short) flags));
    }

    /** A text about the export: {@link ExportQuery#NAME} or {@link ExportQuery#DESCRIPTION}. */
    public static ByteBuffer infoText(int option, int type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return info(option, type, ByteBuffer.allocate(bytes.length).put(bytes));
    }

    /** Sizes of requests that are possible, that are fast, and that are too large. */
    public static ByteBuffer infoBlockSize(int option, int minimum, int preferred, int maximum) {
        ByteBuffer sizes =
                ByteBuffer.allocate(12).putInt(minimum).putInt(preferred).putInt(maximum);
        return info(option, ExportQuery.BLOCK_SIZE, sizes);
    }

    private static ByteBuffer info(int option, int type, ByteBuffer payload) {
        byte[] data = ByteBuffer.allocate(2 + payload.capacity())
                .putShort((short) type)
                .put(payload.array())
                .array();
        return of(option, INFO, data);
    }
}
