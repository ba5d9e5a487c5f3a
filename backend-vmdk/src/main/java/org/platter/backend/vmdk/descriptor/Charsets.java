// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.descriptor;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.error.DiskException;

/** The encoding of a descriptor: what it declares, if that can be true. */
final class Charsets {
    private static final Pattern DECLARATION =
            Pattern.compile("(?im)^[ \\t]*encoding[ \\t]*=[ \\t]*\"?([^\"\r\n]{0,40})");
    private static final String SYNTAX =
            "\n\r\t !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz{|}";

    private Charsets() {}

    /** The charset of a text. One that is unknown does not matter while all bytes are ASCII. */
    static Charset of(byte[] text) throws DiskException {
        Matcher declared = DECLARATION.matcher(new String(text, StandardCharsets.ISO_8859_1));
        String name = declared.find() ? declared.group(1) : "UTF-8";
        Charset charset = known(name);
        if (charset != null) {
            return charset;
        }
        for (byte each : text) {
            if (each < 0) {
                throw Bad.header(
                        "VMDK descriptor: encoding '" + name + "' is unknown here, and not all bytes are ASCII");
            }
        }
        return StandardCharsets.US_ASCII;
    }

    /** The charset of that name, if it writes the syntax of a descriptor as ASCII does. */
    private static Charset known(String name) {
        try {
            Charset charset = Charset.forName(name);
            boolean usable = charset.canEncode()
                    && SYNTAX.equals(new String(SYNTAX.getBytes(StandardCharsets.US_ASCII), charset));
            return usable ? charset : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static String decode(ByteBuffer bytes, Charset charset) throws DiskException {
        try {
            return charset.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(bytes)
                    .toString();
        } catch (CharacterCodingException e) {
            throw Bad.header("VMDK descriptor: a line is not valid " + charset + " text");
        }
    }

    /** True if the text comes back as it is; encoders put one letter for another where they find that alike. */
    static boolean keeps(String text, Charset charset) {
        return text.equals(new String(text.getBytes(charset), charset));
    }
}
