// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;

/**
 * How a differencing image names its parent. Names are only hints: the platform judges whether they may be followed,
 * and the parent's unique id decides. Source: docs/formats/vhd.md, section 6.
 */
final class VhdParent {
    private static final int SECTOR = 512;
    private static final int LONGEST = 1000; // characters of a name that we write

    private VhdParent() {}

    /** The link in a header, with hints in the order in which they are to be tried. */
    static ParentLink link(Storage storage, VhdHeader header) throws IOException {
        Set<String> hints = new LinkedHashSet<>();
        names(storage, header, VhdLocator.RELATIVE).forEach(name -> hints.add(local(name)));
        decode(header.parentName().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_16BE)
                .ifPresent(
                        name -> hints.add(name.substring(name.replace('\\', '/').lastIndexOf('/') + 1)));
        hints.addAll(names(storage, header, VhdLocator.ABSOLUTE));
        hints.removeIf(hint -> hint.isBlank() || hint.startsWith("\\\\") || hint.startsWith("//"));
        return new ParentLink(header.parentId(), ParentLink.NIL, "", List.copyOf(hints));
    }

    private static String local(String name) {
        String path = name.replace('\\', '/');
        return path.startsWith("./") ? path.substring(2) : path;
    }

    private static List<String> names(Storage storage, VhdHeader header, int platform) throws IOException {
        List<String> names = new ArrayList<>();
        for (VhdLocator locator : header.locators()) {
            if (locator.platform() == platform && locator.plausible(storage.size())) {
                ByteBuffer bytes = ByteBuffer.allocate((int) locator.length());
                storage.read(bytes, locator.position());
                decode(bytes.array(), StandardCharsets.UTF_16LE).ifPresent(names::add);
            }
        }
        return names;
    }

    /** The text up to the first NUL, if it is one. */
    private static Optional<String> decode(byte[] bytes, Charset charset) {
        try {
            String text = charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            int end = text.indexOf('\0');
            return Optional.of(end < 0 ? text : text.substring(0, end));
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /** A header with another link, and the bytes to be stored where its locator says, maybe none. */
    record Linked(VhdHeader header, VhdExtent place, byte[] text) {
        void store(Storage storage) throws IOException {
            if (text.length > 0) {
                storage.write(ByteBuffer.wrap(text), place.from());
            }
        }
    }

    /** How much a new image should leave for the name of its parent, bytes. */
    static long room(ParentLink link) {
        return link.equals(ParentLink.NONE) ? 0 : Math.max(1, (text(link).length + SECTOR - 1) / SECTOR) * SECTOR;
    }

    /** Links a header to a parent whose name is stored at {@code room} if it fits there; or to none. */
    static Linked linked(VhdHeader header, ParentLink link, VhdExtent room) {
        byte[] text = text(link);
        boolean fits = text.length > 0 && text.length <= room.to() - room.from();
        List<VhdLocator> locators =
                new ArrayList<>(Collections.nCopies(header.locators().size(), VhdLocator.NONE));
        if (fits) {
            int platform = absolute(hint(link)) ? VhdLocator.ABSOLUTE : VhdLocator.RELATIVE;
            locators.set(0, new VhdLocator(platform, (int) (room.to() - room.from()), text.length, 0, room.from()));
        }
        VhdHeader changed = header.withParent(link.uuid(), name(link), locators);
        return new Linked(changed, room, fits ? text : new byte[0]);
    }

    /** Where a header has room for the name of another parent: where the present one is. */
    static VhdExtent room(VhdHeader header, long fileSize) {
        for (VhdLocator locator : header.locators()) {
            boolean ours = locator.platform() == VhdLocator.RELATIVE || locator.platform() == VhdLocator.ABSOLUTE;
            if (ours && locator.plausible(fileSize) && locator.position() % SECTOR == 0) {
                long room = (locator.length() + SECTOR - 1) / SECTOR * SECTOR;
                return VhdExtent.of(locator.position(), room);
            }
        }
        return new VhdExtent(0, 0);
    }

    private static String hint(ParentLink link) {
        String hint = link.hints().isEmpty() ? "" : link.hints().get(0);
        boolean plain = hint.indexOf('\\') < 0 && hint.chars().noneMatch(Character::isISOControl);
        return plain && hint.length() <= LONGEST ? hint : "";
    }

    private static boolean absolute(String hint) {
        return hint.startsWith("/");
    }

    private static byte[] text(ParentLink link) {
        String hint = hint(link);
        String text = hint.isEmpty() || absolute(hint) ? hint : ".\\" + hint.replace('/', '\\');
        return text.getBytes(StandardCharsets.UTF_16LE);
    }

    /** The field of the header: the last part of the name. */
    private static String name(ParentLink link) {
        String hint = hint(link);
        byte[] name = hint.substring(hint.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_16BE);
        String stored = name.length <= VhdHeader.NAME - 2 ? new String(name, StandardCharsets.ISO_8859_1) : "";
        return stored + "\0".repeat(VhdHeader.NAME - stored.length());
    }
}
