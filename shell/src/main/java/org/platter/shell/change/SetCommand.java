// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.platter.disk.Layer;
import org.platter.disk.OpenFlag;
import org.platter.error.DiskException;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.ParentLink;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Values;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;

/** {@code set}: attributes of an image, whose parents need not be there. */
public final class SetCommand extends Command {
    private final Option<String> comment =
            syntax.option("--comment", "TEXT", word -> word, "another comment; empty for none");
    private final Option<UUID> uuid = syntax.option("--uuid", "UUID|new", Values::uuidOrNew, "another UUID");
    private final Option<UUID> modification =
            syntax.option("--modification-uuid", "UUID|new", Values::uuidOrNew, "another modification UUID");
    private final Option<Optional<UUID>> parent = syntax.option(
            "--parent-uuid", "UUID|none", SetCommand::parent, "the UUID of another parent; none makes it a base");
    private final Option<UUID> parentModification = syntax.option(
            "--parent-modification-uuid", "UUID", Values::uuid, "the modification UUID that the parent is to have");
    private final Option<Boolean> accept =
            syntax.flag("--accept-parent", "take the parent as it is now, though it was changed since");
    private final Option<Geometry> pchs =
            syntax.option("--pchs", "C/H/S", Values::geometry, "another physical geometry");
    private final Option<Geometry> lchs =
            syntax.option("--lchs", "C/H/S", Values::geometry, "another logical geometry");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");

    /** Declares the options. */
    public SetCommand() {
        super("set", "Change attributes of an image", "platter set --comment \"golden master\" --uuid new disk.vdi");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (List.of(comment, uuid, modification, parent, parentModification, accept, pchs, lchs).stream()
                .noneMatch(Option::given)) {
            throw new UsageException("nothing to set");
        }
        if (accept.given() && (parent.given() || parentModification.given())) {
            throw new UsageException("--accept-parent says by itself which parent is meant");
        }
        Optional<ParentLink> accepted = accept.given() ? Optional.of(present(invocation)) : Optional.empty();
        Layer layer =
                images.openAlone(invocation, image.get(), Set.of(OpenFlag.INFO)).layer();
        ParentLink before = layer.info().parent().orElse(ParentLink.NONE);
        layer.update(attributes(layer, accepted));
        if (accept.given()) {
            invocation.note("set: the parent is accepted as it is; to undo that: set --parent-modification-uuid "
                    + before.modificationUuid() + " " + image.get());
        }
        return null;
    }

    /** The link to the parent as it is found and is now. */
    private ParentLink present(Invocation invocation) throws IOException {
        List<Layer> chain =
                images.openFound(invocation, image.get(), Access.READ).disk().layers();
        if (chain.size() < 2) {
            throw new UsageException(image.get() + " has no parent");
        }
        ParentLink stored = chain.get(chain.size() - 1).info().parent().orElse(ParentLink.NONE);
        return ParentLink.to(chain.get(chain.size() - 2).info(), stored.hints()).withFormat(stored.format());
    }

    private ImageAttributes attributes(Layer layer, Optional<ParentLink> accepted) throws DiskException {
        Optional<ParentLink> link = accepted;
        if (parent.given()) {
            Optional<UUID> wanted = parent.value().orElseThrow();
            List<String> hints = layer.info().parent().map(ParentLink::hints).orElse(List.of());
            link = Optional.of(wanted.map(id -> new ParentLink(id, ParentLink.NIL, "", hints))
                    .orElse(ParentLink.NONE));
        }
        if (parentModification.given()) {
            ParentLink stored = link.or(() -> known(layer)).orElse(ParentLink.NONE);
            link = Optional.of(new ParentLink(
                    stored.uuid(), parentModification.value().orElseThrow(), "", stored.hints(), stored.format()));
        }
        return new ImageAttributes(
                uuid.value(), modification.value(), link, comment.value(), pchs.value(), lchs.value());
    }

    private static Optional<ParentLink> known(Layer layer) {
        try {
            return layer.info().parent();
        } catch (DiskException e) {
            return Optional.empty();
        }
    }

    private static Optional<UUID> parent(String word) {
        return word.equals("none") ? Optional.empty() : Optional.of(Values.uuid(word));
    }
}
