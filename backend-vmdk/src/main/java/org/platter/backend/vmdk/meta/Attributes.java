// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.meta;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.platter.backend.vmdk.descriptor.Comments;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.LineScanner;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.error.DiskException;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ParentLink;

/**
 * What an image says of itself, between descriptor and API. A link to a parent is written twice: as VMware's products
 * read it, by content id and file name, and as VirtualBox does, by UUIDs; either makes a differencing image.
 */
public final class Attributes {
    public static final String CID = "CID";
    public static final String PARENT_CID = "parentCID";
    public static final String PARENT_HINT = "parentFileNameHint";
    public static final String CREATE_TYPE = "createType";
    public static final String VERSION = "version";
    public static final String CHANGE_TRACK_PATH = "changeTrackPath";
    public static final String LONG_CONTENT_ID = "ddb.longContentID";
    public static final String COMMENT = "ddb.comment";
    public static final String IMAGE_UUID = "ddb.uuid.image";
    public static final String MODIFICATION_UUID = "ddb.uuid.modification";
    public static final String PARENT_UUID = "ddb.uuid.parent";
    public static final String PARENT_MODIFICATION_UUID = "ddb.uuid.parentmodification";

    /** Ours, for parents that bear no signature; others ignore it. */
    private static final String PARENT_FORMAT = "ddb.platter.parentFormat";

    private static final String PHYSICAL = "ddb.geometry.%s";
    private static final String LOGICAL = "ddb.geometry.bios%s";
    private static final List<String> PHYSICAL_KEYS = List.of("cylinders", "heads", "sectors");
    private static final List<String> LOGICAL_KEYS = List.of("Cylinders", "Heads", "Sectors");
    private static final int MOST_GEOMETRY_DIGITS = 10;

    private final Descriptor descriptor;

    public Attributes(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** The content id as eight hexadecimal digits, or empty if there is none that can be understood. */
    public String contentId() {
        return ContentIds.normalized(descriptor.value(CID).orElse(""));
    }

    /** What the user should know of the content ids. */
    public List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (String key : List.of(CID, PARENT_CID)) {
            String value = descriptor.value(key).orElse("");
            if (!value.isEmpty() && ContentIds.normalized(value).isEmpty()) {
                notes.add("VMDK descriptor: " + key + " is no number of 32 bits and does not count: "
                        + LineScanner.shown(value));
            }
        }
        return notes;
    }

    /** A content id that depends on the modification UUID only, and is none of those with a meaning. */
    public static String contentIdOf(UUID modification) {
        String id = ContentIds.digits(modification.hashCode());
        return ContentIds.provesNothing(id) ? ContentIds.digits(0x5EED_5EED ^ modification.hashCode()) : id;
    }

    /** The image's UUID, or nil. */
    public UUID uuid(String key) {
        Optional<String> value = descriptor.value(key);
        try {
            return value.isPresent() && value.get().length() == 36 ? UUID.fromString(value.get()) : ParentLink.NIL;
        } catch (IllegalArgumentException e) {
            return ParentLink.NIL;
        }
    }

    public String comment() {
        return Comments.unescape(descriptor.value(COMMENT).orElse(""));
    }

    /** The link to the parent, if either world says that there is one. */
    public Optional<ParentLink> parent() throws DiskException {
        String parentCid = parentContentId();
        UUID uuid = uuid(PARENT_UUID);
        if (parentCid.equals(ContentIds.NONE) && uuid.equals(ParentLink.NIL)) {
            return Optional.empty();
        }
        boolean unknown = parentCid.equals(ContentIds.NONE) || parentCid.equals(ContentIds.NAMELESS);
        String format = descriptor.value(PARENT_FORMAT).orElse("");
        return Optional.of(
                new ParentLink(uuid, uuid(PARENT_MODIFICATION_UUID), unknown ? "" : parentCid, hints(), format));
    }

    /** The parent's content id. One that says nothing still says that there is a parent, which something must lead to. */
    private String parentContentId() throws DiskException {
        String value = descriptor.value(PARENT_CID).orElse(ContentIds.NONE);
        String id = ContentIds.normalized(value);
        if (!id.isEmpty()) {
            return id;
        }
        if (hints().isEmpty() && uuid(PARENT_UUID).equals(ParentLink.NIL)) {
            throw Bad.header(
                    "VMDK descriptor: " + PARENT_CID + " is no number of 32 bits, and neither a file name nor a"
                            + " UUID says which parent is meant: " + LineScanner.shown(value));
        }
        return ContentIds.NAMELESS;
    }

    /** The hint as it stands, and if it names folders also the file name alone: images move with their folder. */
    private List<String> hints() {
        List<String> hints = new ArrayList<>();
        String hint = descriptor.value(PARENT_HINT).orElse("");
        if (!hint.isEmpty()) {
            hints.add(hint);
            String name = hint.substring(Math.max(hint.lastIndexOf('/'), hint.lastIndexOf('\\')) + 1);
            if (!name.isEmpty() && !name.equals(hint)) {
                hints.add(name);
            }
        }
        return hints;
    }

    public Optional<Geometry> physical() {
        return geometry(PHYSICAL, PHYSICAL_KEYS);
    }

    public Optional<Geometry> logical() {
        return geometry(LOGICAL, LOGICAL_KEYS);
    }

    private Optional<Geometry> geometry(String pattern, List<String> keys) {
        long[] numbers = new long[keys.size()];
        for (int i = 0; i < numbers.length; i++) {
            String value = descriptor.value(String.format(pattern, keys.get(i))).orElse("");
            boolean number = !value.isEmpty()
                    && value.length() <= MOST_GEOMETRY_DIGITS
                    && value.chars().allMatch(c -> c >= '0' && c <= '9');
            numbers[i] = number ? Long.parseLong(value) : 0;
        }
        boolean set = numbers[0] >= 1 && numbers[1] >= 1 && numbers[2] >= 1;
        boolean fits = numbers[0] <= 0xFFFF_FFFFL && numbers[1] <= 255 && numbers[2] <= 255;
        return set && fits
                ? Optional.of(new Geometry(numbers[0], (int) numbers[1], (int) numbers[2]))
                : Optional.empty();
    }

    /** The descriptor with these changes. */
    public static Descriptor apply(Descriptor descriptor, ImageAttributes changes) throws DiskException {
        Descriptor changed = descriptor;
        if (changes.uuid().isPresent()) {
            changed = changed.withQuoted(IMAGE_UUID, changes.uuid().get().toString());
        }
        if (changes.modificationUuid().isPresent()) {
            changed = modified(changed, changes.modificationUuid().get());
        }
        if (changes.parent().isPresent()) {
            changed = linked(changed, changes.parent().get());
        }
        if (changes.comment().isPresent()) {
            String comment = changes.comment().get();
            changed = comment.isEmpty() ? changed.without(COMMENT) : changed.withText(COMMENT, comment);
        }
        if (changes.physical().isPresent()) {
            changed = geometry(
                    changed, PHYSICAL, PHYSICAL_KEYS, changes.physical().get());
        }
        if (changes.logical().isPresent()) {
            changed = geometry(changed, LOGICAL, LOGICAL_KEYS, changes.logical().get());
        }
        return changed;
    }

    /** Another content: the content id follows the UUID, and the end of the long one follows that. */
    private static Descriptor modified(Descriptor descriptor, UUID modification) throws DiskException {
        String cid = contentIdOf(modification);
        Descriptor changed = descriptor
                .withQuoted(MODIFICATION_UUID, modification.toString())
                .with(CID, cid);
        String longId = changed.value(LONG_CONTENT_ID).orElse("");
        return longId.length() == 32 ? changed.withQuoted(LONG_CONTENT_ID, longId.substring(0, 24) + cid) : changed;
    }

    private static Descriptor linked(Descriptor descriptor, ParentLink link) throws DiskException {
        String known = ContentIds.normalized(link.contentId()); // empty if the parent is of another format
        boolean nameless = link.uuid().equals(ParentLink.NIL) && !link.equals(ParentLink.NONE);
        String unknown = nameless ? ContentIds.NAMELESS : ContentIds.NONE;
        Descriptor changed = descriptor
                .with(PARENT_CID, known.isEmpty() ? unknown : known)
                .withQuoted(PARENT_UUID, link.uuid().toString())
                .withQuoted(PARENT_MODIFICATION_UUID, link.modificationUuid().toString());
        changed = nameless && !link.format().isEmpty()
                ? changed.withText(PARENT_FORMAT, link.format())
                : changed.without(PARENT_FORMAT);
        return link.hints().isEmpty()
                ? changed.without(PARENT_HINT)
                : changed.withQuoted(PARENT_HINT, link.hints().get(0));
    }

    private static Descriptor geometry(Descriptor descriptor, String pattern, List<String> keys, Geometry geometry)
            throws DiskException {
        return descriptor
                .withQuoted(String.format(pattern, keys.get(0)), Long.toString(geometry.cylinders()))
                .withQuoted(String.format(pattern, keys.get(1)), Integer.toString(geometry.heads()))
                .withQuoted(String.format(pattern, keys.get(2)), Integer.toString(geometry.sectors()));
    }
}
