# Ends the script that reads this file, well and at once, when its root is not among those that are rolled out.
case " $_ROOTS " in
  *" $root "*) ;;
  *)
    echo "$root is not rolled out"
    exit 0
    ;;
esac
