// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * The start of every VDI file. Little-endian, 72 bytes at position 0. Source: docs/formats/vdi.md, section 2. The text
 * is kept one character a byte, so that whatever is there survives.
 */
record VdiPreHeader(
        String text, // 0x00 64 bytes, for people, never judged
        int signature, // 0x40 u32
        int version) { // 0x44 u32, major << 16 | minor

    static final int BYTES = 0x48;
    static final int SIGNATURE = 0xBEDA_107F;
    static final int V1_1 = 0x0001_0001;
    static final int V0_2 = 0x0000_0002;

    private static final int TEXT = 64;
    private static final int SIGNATURE_AT = 0x40;

    private static final String OWN = padded("<<< Platter Virtual Disk Image >>>\n", TEXT);
    private static final String RESIZING = padded("<<< Platter Virtual Disk Image, growing >>>\n", TEXT);

    /** What this program writes. */
    static VdiPreHeader own() {
        return new VdiPreHeader(OWN, SIGNATURE, V1_1);
    }

    /** What this program writes while an image may have more physical blocks than entries, see {@link VdiResize}. */
    VdiPreHeader asResizing() {
        return new VdiPreHeader(RESIZING, signature, version);
    }

    VdiPreHeader asOwn() {
        return new VdiPreHeader(OWN, signature, version);
    }

    boolean resizing() {
        return text.equals(RESIZING);
    }

    /** True if {@code start}, the first bytes of a file, has the signature. */
    static boolean signs(ByteBuffer start) {
        return start.remaining() >= BYTES
                && start.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(start.position() + SIGNATURE_AT)
                        == SIGNATURE;
    }

    /** Takes the next bytes of a little-endian buffer. */
    static VdiPreHeader decode(ByteBuffer source) {
        return new VdiPreHeader(takeText(source, TEXT), source.getInt(), source.getInt());
    }

    void encode(ByteBuffer target) {
        putText(target, text);
        target.putInt(signature).putInt(version);
    }

    VdiPreHeader validated() throws DiskException {
        if (signature != SIGNATURE) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER,
                    String.format("VDI pre-header: signature %08X at 0x40 is not %08X", signature, SIGNATURE));
        }
        if (version >>> 16 != 1 && version != V0_2) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "VDI pre-header: version " + versionName() + " is neither 1.x nor 0.2");
        }
        return this;
    }

    /** As people write it: {@code 1.1}. */
    String versionName() {
        return (version >>> 16) + "." + (version & 0xFFFF);
    }

    static String takeText(ByteBuffer source, int bytes) {
        byte[] text = new byte[bytes];
        source.get(text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    static void putText(ByteBuffer target, String text) {
        target.put(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static String padded(String text, int length) {
        return text + "\0".repeat(length - text.length());
    }
}
