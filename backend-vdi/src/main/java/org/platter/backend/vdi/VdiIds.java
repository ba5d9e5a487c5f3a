// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vdi;

import static org.platter.format.ParentLink.NIL;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import org.platter.format.ParentLink;

/**
 * Who an image is and whom it stands on, 64 bytes, in version 0.2 the first 48. The first three fields of each UUID are
 * little-endian. Source: docs/formats/vdi.md, section 3.
 */
record VdiIds(
        UUID image, // 0x00
        UUID modification, // 0x10
        UUID parent, // 0x20, nil for none
        UUID parentModification) { // 0x30, nil for none

    static VdiIds decode(ByteBuffer source) {
        return new VdiIds(take(source), take(source), take(source), take(source));
    }

    static VdiIds decode02(ByteBuffer source) {
        return new VdiIds(take(source), take(source), take(source), NIL);
    }

    void encode(ByteBuffer target) {
        encode02(target);
        put(target, parentModification);
    }

    void encode02(ByteBuffer target) {
        put(target, image);
        put(target, modification);
        put(target, parent);
    }

    private static UUID take(ByteBuffer in) {
        long most = (in.getInt() & 0xFFFF_FFFFL) << 32 | (in.getShort() & 0xFFFFL) << 16 | in.getShort() & 0xFFFFL;
        return new UUID(most, Long.reverseBytes(in.getLong()));
    }

    private static void put(ByteBuffer out, UUID uuid) {
        long most = uuid.getMostSignificantBits();
        out.putInt((int) (most >>> 32)).putShort((short) (most >>> 16)).putShort((short) most);
        out.putLong(Long.reverseBytes(uuid.getLeastSignificantBits()));
    }

    /** The same with a random UUID where one is missing that must not be. */
    VdiIds mended() {
        return new VdiIds(
                image.equals(NIL) ? UUID.randomUUID() : image,
                modification.equals(NIL) ? UUID.randomUUID() : modification,
                parent,
                parentModification);
    }

    ParentLink link() {
        return new ParentLink(parent, parentModification, "", List.of());
    }

    VdiIds withLink(ParentLink link) {
        return new VdiIds(image, modification, link.uuid(), link.modificationUuid());
    }

    VdiIds withoutParentModification() {
        return new VdiIds(image, modification, parent, NIL);
    }

    VdiIds withOwn(UUID newImage, UUID newModification) {
        return new VdiIds(newImage, newModification, parent, parentModification);
    }
}
