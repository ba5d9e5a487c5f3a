// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.layout;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ParentLink;

/**
 * How an image names its parent: keys and values. Names are only hints, the platform judges whether they may be followed;
 * the parent's data write GUID decides. Source: docs/formats/vhdx.md, section 7.
 */
public record Locator(Map<String, String> values) {
    private static final UUID TYPE = UUID.fromString("B04AEFB7-D19E-4A81-B789-25B8E9445913");
    private static final String LINKAGE = "parent_linkage";
    private static final String RELATIVE = "relative_path";
    private static final String ABSOLUTE = "absolute_win32_path";
    private static final String PARENT_ID = "platter_parent_id"; // ours: for parents without modification UUID
    private static final int LONGEST = 8000; // characters of a name that we write

    /** Keeps the order. */
    public Locator {
        values = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    static Locator decode(ByteBuffer source) throws DiskException {
        if (source.remaining() < 20) {
            throw Bytes.bad("parent locator: " + source.remaining() + " bytes are no locator");
        }
        UUID type = Bytes.guid(source);
        if (!type.equals(TYPE)) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "VHDX parent locator: unknown type " + type);
        }
        source.getShort();
        int count = Short.toUnsignedInt(source.getShort());
        if (20 + 12 * count > source.limit()) {
            throw Bytes.bad("parent locator: " + count + " keys in " + source.limit() + " bytes");
        }
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            int at = 20 + 12 * i;
            String key = text(source, source.getInt(at), Short.toUnsignedInt(source.getShort(at + 8)));
            String value = text(source, source.getInt(at + 4), Short.toUnsignedInt(source.getShort(at + 10)));
            if (values.put(key, value) != null) {
                throw Bytes.bad("parent locator: key " + key + " is there twice");
            }
        }
        guid(values, LINKAGE);
        return new Locator(values);
    }

    private static String text(ByteBuffer source, int at, int length) throws DiskException {
        if (at < 20 || at > source.limit() - length) {
            throw Bytes.bad("parent locator: text of " + length + " bytes at " + Integer.toUnsignedString(at));
        }
        try {
            return StandardCharsets.UTF_16LE
                    .newDecoder()
                    .decode(source.slice(at, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new DiskException(ErrorCode.BAD_HEADER, "VHDX parent locator: at " + at + " is no UTF-16", e);
        }
    }

    private static UUID guid(Map<String, String> values, String key) throws DiskException {
        String text = values.getOrDefault(key, "");
        if (text.isEmpty() && !key.equals(LINKAGE)) {
            return Bytes.NIL;
        }
        if (!text.matches("\\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}}")) {
            throw Bytes.bad("parent locator: " + key + " \"" + text + "\" is no GUID");
        }
        return UUID.fromString(text.substring(1, text.length() - 1));
    }

    ByteBuffer encode() {
        int texts = 20 + 12 * values.size();
        int length = texts;
        for (Map.Entry<String, String> each : values.entrySet()) {
            length += 2 * (each.getKey().length() + each.getValue().length());
        }
        ByteBuffer target = Bytes.buffer(length);
        Bytes.guid(target, TYPE);
        target.putShort((short) 0).putShort((short) values.size());
        for (Map.Entry<String, String> each : values.entrySet()) {
            byte[] key = each.getKey().getBytes(StandardCharsets.UTF_16LE);
            byte[] value = each.getValue().getBytes(StandardCharsets.UTF_16LE);
            target.putInt(texts).putInt(texts + key.length);
            target.putShort((short) key.length).putShort((short) value.length);
            target.put(texts, key).put(texts + key.length, value);
            texts += key.length + value.length;
        }
        return target.clear();
    }

    /** The locator of a link; names that no other program could follow are left out. */
    public static Locator of(ParentLink link) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put(LINKAGE, "{" + link.modificationUuid() + "}");
        for (String hint : link.hints()) {
            boolean plain = hint.chars().noneMatch(Character::isISOControl) && hint.length() <= LONGEST;
            boolean absolute = hint.startsWith("/") || hint.startsWith("\\") || hint.matches("[A-Za-z]:.*");
            if (plain && !hint.isBlank()) {
                String path = hint.replace('/', '\\');
                values.putIfAbsent(absolute ? ABSOLUTE : RELATIVE, absolute ? hint : ".\\" + path);
            }
        }
        if (link.modificationUuid().equals(Bytes.NIL) && !link.uuid().equals(Bytes.NIL)) {
            values.put(PARENT_ID, "{" + link.uuid() + "}");
        }
        return new Locator(values);
    }

    /** The link, with hints in the order in which they are to be tried. */
    public ParentLink link() throws DiskException {
        Set<String> hints = new LinkedHashSet<>();
        String relative = values.getOrDefault(RELATIVE, "").replace('\\', '/');
        hints.add(relative.startsWith("./") ? relative.substring(2) : relative);
        hints.add(values.getOrDefault(ABSOLUTE, ""));
        hints.removeIf(hint -> hint.isBlank() || hint.startsWith("\\\\") || hint.startsWith("//"));
        List<String> names = new ArrayList<>(hints);
        return new ParentLink(guid(values, PARENT_ID), guid(values, LINKAGE), "", names);
    }
}
